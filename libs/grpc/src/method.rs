//! The names of methods: what spans and metrics call them, and which of them exist.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::FileDescriptorSet;

use crate::Error;

/// What stands for a method that this server does not have. Callers choose paths; a label per path would
/// let them fill our memory.
pub(crate) const OTHER: &str = "_OTHER";

/// The name of a method as the gRPC conventions write it: `causeway.oracle.v1.OracleService/GetPrice`.
pub(crate) fn name_of(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

/// Whether the method belongs to gRPC itself. Probes and tools call it all day: no spans, no metrics, no
/// limits.
pub(crate) fn is_infrastructure(name: &str) -> bool {
    name.starts_with("grpc.health.") || name.starts_with("grpc.reflection.")
}

/// The methods of a server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Methods(BTreeSet<String>);

impl Methods {
    /// The methods that the descriptors give the named services.
    pub(crate) fn of(descriptors: &[&[u8]], services: &[&str]) -> Result<Self, Error> {
        let mut names = BTreeSet::new();
        for encoded in descriptors {
            let set = FileDescriptorSet::decode(*encoded).map_err(Error::Descriptors)?;
            for file in set.file {
                for service in &file.service {
                    let service_name = format!("{}.{}", file.package(), service.name());
                    if services.contains(&service_name.as_str()) {
                        names.extend(service.method.iter().map(|method| format!("{service_name}/{}", method.name())));
                    }
                }
            }
        }
        Ok(Self(names))
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The name itself when this server has the method, else [`OTHER`].
    pub(crate) fn label<'a>(&self, name: &'a str) -> &'a str {
        if self.contains(name) { name } else { OTHER }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_methods_of_the_services_it_has_and_no_others() {
        let services = ["causeway.ops.v1.OpsService"];
        let methods = Methods::of(&[causeway_proto::FILE_DESCRIPTOR_SET], &services).unwrap();
        assert!(methods.contains("causeway.ops.v1.OpsService/GetStatus"));
        assert!(!methods.contains("causeway.oracle.v1.OracleService/GetPrice"));
        assert_eq!(methods.label("made.up/Path"), OTHER);
    }

    #[test]
    fn bytes_that_are_no_descriptors_are_refused() {
        assert!(matches!(Methods::of(&[b"\xff\xff"], &[]), Err(Error::Descriptors(_))));
    }
}
