//! The settings of the manifests, read as the service reads them.

use causeway_runtime::config::Environment;
use causeway_testkit::shipped::shipped;
use relayer_invariant_guard::config::load;

#[test]
fn ops_6_every_configuration_that_is_shipped_is_taken() {
    for shipped in shipped("relayer-invariant-guard").unwrap() {
        let environment: Environment = shipped.variables.clone().into_iter().collect();
        if let Err(error) = load(shipped.file.as_deref(), &environment, None) {
            panic!("{}: {error}", shipped.from);
        }
    }
}
