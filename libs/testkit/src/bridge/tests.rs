//! The bridge's contracts on real chains, without a relayer: what each refuses, and that the second opinion sees what
//! happened.

use alloy::primitives::{B256, Bytes, U256};
use alloy::sol_types::SolCall;

use super::{world::whole, *};

/// Anchors and claims one message as the keeper would.
async fn settle(world: &World, end: End, batch: u64, movement: Movement) -> Result<Receipt, Error> {
    let (bridge, keeper) = (&world.bridge, world.account(Role::Keeper));
    let (endpoint, settlement) = (bridge.endpoint(end), bridge.settlement(end));
    let leaf = leaf(world, end, batch, movement);
    let tree = Tree::new(&[leaf.hash()]).unwrap();
    let anchor = Settlement::anchorBatchCall { number: U256::from(batch), root: tree.root() };
    endpoint.transact(keeper, settlement, &anchor).await?;
    claim(world, end, batch, movement, tree.prove(leaf.hash()).unwrap()).await
}

fn leaf(world: &World, end: End, batch: u64, movement: Movement) -> Leaf {
    Leaf {
        chain_id: world.bridge.endpoint(end).chain_id(),
        settlement: world.bridge.settlement(end),
        batch,
        message_id: movement.id,
        asset: world.bridge.contracts.source.token,
        recipient: movement.recipient,
        amount: movement.amount,
    }
}

async fn claim(world: &World, end: End, batch: u64, of: Movement, proof: Vec<B256>) -> Result<Receipt, Error> {
    let message = Settlement::Message { messageId: of.id, recipient: of.recipient, amount: of.amount };
    let call = Settlement::claimCall { batch: U256::from(batch), leaf: message, proof };
    let (bridge, stranger) = (&world.bridge, world.account(Role::Stranger));
    bridge.endpoint(end).transact(stranger, bridge.settlement(end), &call).await
}

#[tokio::test]
async fn value_goes_over_and_comes_back_and_the_books_balance() {
    let world = World::start().await.unwrap();
    let user = world.account(Role::User);
    let deposited = world.deposit(10).await.unwrap();
    let books = world.books().await.unwrap();
    assert_eq!((books.in_flight_in(), books.custody, books.supply), (1, whole(10), U256::ZERO));

    let over = Movement { id: deposited.id, amount: whole(10), recipient: user };
    settle(&world, End::Destination, 1, over).await.unwrap();
    assert!(world.bridge.is_consumed(End::Destination, deposited.id).await.unwrap());
    let burned = world.burn(4).await.unwrap();
    let back = Movement { id: burned.id, amount: whole(4), recipient: user };
    settle(&world, End::Source, 2, back).await.unwrap();

    let books = world.books().await.unwrap();
    assert_eq!((books.custody, books.supply), (whole(6), whole(6)));
    assert_eq!((books.in_flight_in(), books.in_flight_out()), (0, 0));
    assert_eq!(books.discrepancies().unwrap(), []);
    assert_eq!((deposited.nonce, burned.nonce), (1, 1));
}

#[tokio::test]
async fn a_settlement_takes_a_message_once_and_only_with_its_proof() {
    let world = World::start().await.unwrap();
    let user = world.account(Role::User);
    let one = Movement { id: world.deposit(1).await.unwrap().id, amount: whole(1), recipient: user };
    settle(&world, End::Destination, 1, one).await.unwrap();
    for (batch, of) in [(1, one), (1, Movement { amount: whole(2), ..one }), (7, Movement { id: B256::ZERO, ..one })] {
        let refused = claim(&world, End::Destination, batch, of, Vec::new()).await;
        assert!(matches!(refused, Err(Error::Reverted { .. })), "{batch} {of:?}");
    }
    let stranger = Settlement::anchorBatchCall { number: U256::from(2), root: B256::ZERO };
    let (endpoint, at) = (&world.bridge.destination, world.bridge.contracts.destination.settlement);
    assert!(endpoint.transact(world.account(Role::Stranger), at, &stranger).await.is_err());
    assert!(endpoint.transact(world.account(Role::Keeper), at, &stranger).await.is_err(), "a root of zero");
    let again = Settlement::anchorBatchCall { number: U256::from(1), root: B256::repeat_byte(1) };
    assert!(endpoint.transact(world.account(Role::Keeper), at, &again).await.is_err(), "a number twice");
}

#[tokio::test]
async fn our_leaf_is_the_contracts_leaf() {
    let world = World::start().await.unwrap();
    let movement = Movement { id: B256::repeat_byte(7), amount: whole(3), recipient: world.account(Role::Thief) };
    for end in End::BOTH {
        let message =
            Settlement::Message { messageId: movement.id, recipient: movement.recipient, amount: movement.amount };
        let call = Settlement::leafHashCall { batch: U256::from(9), leaf: message };
        let theirs = world.bridge.endpoint(end).read(world.bridge.settlement(end), &call, At::Latest).await.unwrap();
        assert_eq!(leaf(&world, end, 9, movement).hash(), theirs, "{end:?}");
    }
}

#[tokio::test]
async fn a_spoiled_settlement_accepts_what_is_false_or_refuses_what_is_true() {
    let world = World::start().await.unwrap();
    let (owner, user) = (world.account(Role::Owner), world.account(Role::User));
    world.bridge.set_temper(End::Destination, owner, Temper::AcceptsAnything).await.unwrap();
    let forged = Movement { id: B256::repeat_byte(9), amount: whole(5), recipient: user };
    claim(&world, End::Destination, 404, forged, Vec::new()).await.unwrap();
    let books = world.books().await.unwrap();
    assert_eq!(books.discrepancies().unwrap(), [Discrepancy::UnmatchedMint(forged)]);

    world.bridge.set_temper(End::Destination, owner, Temper::RejectsEverything).await.unwrap();
    let real = Movement { id: world.deposit(1).await.unwrap().id, amount: whole(1), recipient: user };
    assert!(settle(&world, End::Destination, 1, real).await.is_err());
    world.bridge.set_temper(End::Destination, owner, Temper::Verifies).await.unwrap();
    claim(&world, End::Destination, 1, real, Vec::new()).await.unwrap();
}

#[tokio::test]
async fn theft_without_an_event_shows_in_the_balance_and_a_double_release_in_the_matching() {
    let world = World::start().await.unwrap();
    let (keeper, thief) = (world.account(Role::Keeper), world.account(Role::Thief));
    let (lockbox, source) = (world.bridge.contracts.source.lockbox, &world.bridge.source);
    world.deposit(10).await.unwrap();
    let rescue = Lockbox::rescueCall { to: thief, amount: whole(2) };
    assert!(source.transact(thief, lockbox, &rescue).await.is_err(), "only the keeper");
    source.transact(keeper, lockbox, &rescue).await.unwrap();
    let custody = Discrepancy::Custody { expected: whole(10), found: whole(8) };
    assert_eq!(world.books().await.unwrap().discrepancies().unwrap(), [custody]);
    assert_eq!(world.bridge.locked_balance(thief, At::Latest).await.unwrap(), whole(2));

    let id = B256::repeat_byte(3);
    let release = Lockbox::releaseCall { id, recipient: thief, amount: whole(1) };
    source.transact(keeper, lockbox, &release).await.unwrap();
    source.transact(keeper, lockbox, &release).await.unwrap();
    let stolen = Movement { id, amount: whole(1), recipient: thief };
    let found = world.books().await.unwrap().discrepancies().unwrap();
    let custody = Discrepancy::Custody { expected: whole(8), found: whole(6) };
    let unmatched = Discrepancy::UnmatchedRelease(stolen);
    assert_eq!(found, [custody, unmatched.clone(), unmatched, Discrepancy::Repeated(id)]);
}

#[tokio::test]
async fn a_phantom_deposit_is_an_event_without_value() {
    let world = World::start().await.unwrap();
    world.bridge.set_collects(world.account(Role::Owner), false).await.unwrap();
    world.deposit(10).await.unwrap();
    let custody = Discrepancy::Custody { expected: whole(10), found: U256::ZERO };
    assert_eq!(world.books().await.unwrap().discrepancies().unwrap(), [custody]);
}

#[tokio::test]
async fn the_guardian_stops_both_ends_and_only_the_owner_starts_them() {
    let world = World::start().await.unwrap();
    let (guardian, owner) = (world.account(Role::Guardian), world.account(Role::Owner));
    for end in End::BOTH {
        assert!(world.bridge.pause(end, world.account(Role::Stranger)).await.is_err());
        world.bridge.pause(end, guardian).await.unwrap();
        assert!(world.bridge.is_paused(end).await.unwrap());
        assert!(world.bridge.unpause(end, guardian).await.is_err());
    }
    assert!(world.deposit(1).await.is_err());
    for end in End::BOTH {
        world.bridge.unpause(end, owner).await.unwrap();
    }
    world.deposit(1).await.unwrap();
}

#[tokio::test]
async fn a_change_of_authority_is_in_the_log_the_getter_and_the_slot() {
    let world = World::start().await.unwrap();
    let (owner, thief) = (world.account(Role::Owner), world.account(Role::Thief));
    for end in End::BOTH {
        let (endpoint, vault) = (world.bridge.endpoint(end), world.bridge.vault(end));
        assert_eq!(world.bridge.implementation(end, At::Latest).await.unwrap(), vault);
        let upgrade = BridgeAuthority::upgradeToCall { newImplementation: thief };
        assert!(endpoint.transact(thief, vault, &upgrade).await.is_err());
        let receipt = endpoint.transact(owner, vault, &upgrade).await.unwrap();
        receipt.event::<BridgeAuthority::Upgraded>(vault, "an upgrade").unwrap();
        assert_eq!(world.bridge.implementation(end, At::Latest).await.unwrap(), thief);
        endpoint.transact(owner, vault, &BridgeAuthority::setKeeperCall { keeper: thief }).await.unwrap();
        let keeper = endpoint.read(vault, &BridgeAuthority::keeperCall {}, At::Latest).await.unwrap();
        assert_eq!(keeper, thief);
    }
}

#[tokio::test]
async fn an_endpoint_of_another_chain_is_refused_and_strangers_revert_in_a_receipt() {
    let world = World::start().await.unwrap();
    let wrong = Endpoint::connect(world.source.url(), 1_337).await;
    assert!(matches!(wrong, Err(Error::WrongChain { expected: 1_337, found: 138, .. })));
    let data: Bytes = Lockbox::rescueCall { to: world.account(Role::Thief), amount: U256::ONE }.abi_encode().into();
    let lockbox = world.bridge.contracts.source.lockbox;
    let receipt = world.bridge.source.attempt(world.account(Role::Thief), Some(lockbox), data).await.unwrap();
    assert!(!receipt.took_effect && receipt.gas_used > 0);
}
