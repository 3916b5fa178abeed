//! Tokens that leave by Cacti, which does a thing as often as it is asked and says what it likes.

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Address, keccak256};
use causeway_chain::finality::Finality;
use causeway_primitives::{ChainSelector, U256};
use causeway_testkit::{
    anvil::Anvil,
    bridge::Endpoint,
    cacti::{Cacti, End, Misdeed},
    token::{SettlementToken, Token},
};
use tokenization_gateway::{
    adapters::{
        cacti::{Api, Courier, Ends, Pace, Parts, Path, Side},
        issuer::Chain,
    },
    domain::ledger::Account,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    gateway::{Making, endpoints},
    stand::{Stand, Via, clock, spec},
};

const TEN: u64 = 10_000_000;
/// The selector of the other chain.
const THERE: u64 = 3_379_446_385_462_418_246;
/// Of the node's accounts: what Cacti takes from, and what it signs with.
const ESCROW: usize = 6;
const CACTI: usize = 7;

/// The other chain, and the Cacti between it and the stand's.
pub(super) struct Crossing {
    away: Anvil,
    token: Token,
    cacti: Cacti,
    escrow: Address,
}

impl Crossing {
    pub(super) fn destination() -> ChainSelector {
        ChainSelector::new(THERE).unwrap()
    }

    pub(super) const fn escrow(&self) -> Address {
        self.escrow
    }

    /// The adapter under test, with its courier among a gateway's tasks.
    pub(super) fn bridge(&self, stand: &Stand, making: &mut Making, home: &Chain) -> Arc<Path> {
        let side = |chain, token, network: &str| Side {
            chain,
            token,
            network: network.to_owned(),
            ledger: "BESU_2X".to_owned(),
            contract_name: "SettlementToken".to_owned(),
        };
        let far = Chain::new(endpoints(self.away.url(), 1_337), 1, Finality::Instant);
        let ends = Ends {
            home: side(home.clone(), stand.token.address, "home"),
            far: side(far, self.token.address, "away"),
            escrow: self.escrow,
        };
        let wake = Arc::new(Notify::new());
        let parts = Parts {
            store: stand.store.clone(),
            api: Api::new(reqwest::Client::new(), self.cacti.url().parse().unwrap(), Duration::from_secs(5)),
            guard: Arc::clone(&making.guard),
            clock: clock(),
            wake: Arc::clone(&wake),
        };
        let pace = Pace { poll: Duration::from_millis(20), quiet: Duration::from_millis(400) };
        let way = ("eur".to_owned(), Self::destination());
        let courier = Courier::new(parts, [(way, ends.clone())], pace);
        let leading = making.leadership.clone();
        making.tasks.spawn(async move {
            let Ok(()) = courier.run(leading, CancellationToken::new()).await;
        });
        Arc::new(Path::new(stand.store.clone(), ends, ("eur", Self::destination()), wake))
    }
}

impl Stand {
    /// With a way by Cacti, and ten tokens in the holder's hands for each of so many transfers.
    async fn crossing(label: &str, transfers: u32) -> Self {
        let mut stand = Self::via(label, Via::Direct).await;
        let away = Anvil::builder().chain_id(1_337).start().await.unwrap();
        let endpoint = Endpoint::connect(away.url(), 1_337).await.unwrap();
        let token = Token::deploy(&endpoint, &spec(away.accounts())).await.unwrap();
        token.set_holder(Self::taker(), true).await.unwrap();
        let account = |anvil: &[causeway_testkit::anvil::Account], index: usize| anvil[index].address;
        let (escrow, cacti) = (account(stand.anvil.accounts(), ESCROW), account(stand.anvil.accounts(), CACTI));
        stand.token.set_holder(escrow, true).await.unwrap();
        let ends = [(&stand.token, cacti), (&token, account(away.accounts(), CACTI))];
        for (token, account) in ends {
            let grant = SettlementToken::grantRoleCall { role: keccak256("ISSUER"), account };
            token.act(spec(stand.anvil.accounts()).admin, &grant).await.unwrap();
        }
        let [home, far] = ends.map(|(token, account)| End { token: token.clone(), account });
        let cacti = Cacti::start(home, far).await.unwrap();
        stand.crossing = Some(Crossing { away, token, cacti, escrow });
        let gateway = stand.start();
        stand.endow(transfers).await;
        gateway.kill().await;
        stand
    }

    fn taker() -> Address {
        Address::repeat_byte(0x77)
    }

    fn by_cacti(&self) -> &Crossing {
        self.crossing.as_ref().unwrap()
    }

    async fn arrived(&self) -> U256 {
        self.by_cacti().token.balance_of(Self::taker()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_3_tok_7_by_cacti_each_transfer_goes_once_whatever_it_answers_and_forgets() {
    let stand = Stand::crossing("gateway_cacti", 4).await;
    stand.by_cacti().cacti.next(&[Misdeed::NeverTaken, Misdeed::LostAnswer, Misdeed::LostSession]);
    let gateway = stand.start();
    let mut requests = Vec::new();
    for number in 0..4 {
        requests.push(stand.sends(Stand::taker(), Crossing::destination(), &format!("C-{number}")).await);
    }
    for id in requests {
        stand.reaches(id, "reported").await;
    }
    assert_eq!(stand.arrived().await, U256::from(4 * TEN));
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::ZERO);
    assert_eq!(stand.in_books(Account::BridgedOut).await, U256::from(4 * TEN));
    let asked = stand.by_cacti().cacti.asked();
    assert_eq!(asked.len(), 5, "only what was never taken is asked for again: {asked:?}");
    stand.is_reconciled(&gateway).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_3_what_cacti_failed_without_taking_is_given_back_and_what_it_took_is_a_persons_matter() {
    let stand = Stand::crossing("gateway_cacti_fails", 2).await;
    stand.by_cacti().cacti.next(&[Misdeed::FailsEarly, Misdeed::FailsInTheMiddle]);
    let gateway = stand.start();
    let early = stand.sends(Stand::taker(), Crossing::destination(), "C-1").await;
    stand.stepped(early, "undone", "failed").await;
    assert_eq!(stand.token.balance_of(stand.holder).await.unwrap(), U256::from(2 * TEN), "given back");
    stand.is_reconciled(&gateway).await;
    let middle = stand.sends(Stand::taker(), Crossing::destination(), "C-2").await;
    let unknown = stand.reaches(middle, "unknown").await;
    assert_eq!(unknown.saga.state.reason(), "undelivered");
    gateway.kill().await;
    let _gateway = stand.start();
    // Nobody tells that nothing comes: so long it would have been tried again a dozen times.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(stand.state(middle).await, unknown.saga.state, "neither repeated nor given back");
    assert_eq!(stand.by_cacti().cacti.asked().len(), 2);
    assert_eq!((stand.arrived().await, stand.token.total_supply().await.unwrap()), (U256::ZERO, U256::from(TEN)));
}
