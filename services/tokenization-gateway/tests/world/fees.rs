//! A chain on which gas costs something: what the gateway's own key offers, and for how long the balance lasts.

use causeway_primitives::U256;
use causeway_testkit::wait::{SOON, eventually};

use super::{
    process::Process,
    stand::{Stand, Via},
    standby::mint,
};

const GWEI: u64 = 1_000_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_9_where_gas_costs_nothing_is_offered_in_vain_and_the_balance_is_told_in_movements() {
    let stand = Stand::charging("gateway_fees", Via::Direct, GWEI).await;
    let refused = Process::start_with(&stand, &[]).await.err().unwrap().to_string();
    assert!(refused.contains("sender.fees") && refused.contains("a base fee of"), "{refused}");
    let process = Process::start_with(&stand, &[("GATEWAY__SENDER__FEES", "eip1559")]).await.unwrap();
    mint(&process.service, &stand, "paid-for").await;
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::from(1_000_000));
    eventually("the balance is told in movements", async || {
        let page = process.figures().await;
        let left = page.lines().find_map(|line| line.strip_prefix("tokenization_updates_left "));
        let left = left.and_then(|left| left.parse::<u64>().ok()).unwrap_or_default();
        // Ten thousand coins, less what was paid.
        if (1_000..1_000_000_000_000).contains(&left) { Ok(()) } else { Err(left) }
    })
    .await;
    process.service.terminate(SOON).await.unwrap();
}
