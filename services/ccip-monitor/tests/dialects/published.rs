//! Conformance with data that others published. It came out of public repositories and is not part of this one, so each
//! test compares where the data is, and says so where it is not. What must hold everywhere is in the other files.

use std::collections::BTreeMap;

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};
use ccip_monitor::{
    adapters::dialects::{Private, V1_5, V1_6, V2_0, merkle, returndata, v2_0::MessageV1},
    domain::{event::IdProof, lane::Dialect},
    ports::{Contract, Decode, Role},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    abi::{v1_5, v1_6},
    support::{contract, log, log_of, sent, shared},
};

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

fn number(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or_else(|| text(value, field).parse().unwrap())
}

fn parse<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value, field: &str) -> T {
    text(value, field).parse().unwrap()
}

fn vectors() -> Option<Value> {
    shared("message_id_vectors.json").map(|text| serde_json::from_str(&text).unwrap())
}

fn on_ramp(dialect: Dialect, vector: &Value, source: u64) -> Contract {
    let peer = number(vector, "destChainSelector");
    Contract { address: parse(vector, "onRamp"), ..contract(dialect, Role::OnRamp, source, Some(peer)) }
}

#[test]
fn ccip_3_published_ids_of_1_5_are_verified() {
    let Some(vectors) = vectors() else { return };
    let group = &vectors["v1_2_v1_5"];
    let source = number(group, "sourceChainSelector");
    let ramp = on_ramp(Dialect::V1_5, group, source);
    let published = group["vectors"].as_array().unwrap();
    assert_eq!(published.len(), 2);
    for vector in published {
        let of = &vector["message"];
        let token = |token: &Value| v1_5::TokenAmount { token: parse(token, "token"), amount: parse(token, "amount") };
        let message = v1_5::Message {
            sourceChainSelector: source,
            sender: parse(of, "sender"),
            receiver: parse(of, "receiver"),
            sequenceNumber: number(of, "sequenceNumber"),
            gasLimit: U256::from(number(of, "gasLimit")),
            strict: of["strict"].as_bool().unwrap(),
            nonce: number(of, "nonce"),
            feeToken: parse(of, "feeToken"),
            feeTokenAmount: parse(of, "feeTokenAmount"),
            data: parse(of, "data"),
            tokenAmounts: of["tokenAmounts"].as_array().unwrap().iter().map(token).collect(),
            sourceTokenData: serde_json::from_value(of["sourceTokenData"].clone()).unwrap(),
            messageId: parse(vector, "expectedMessageId"),
        };
        let found = sent(&V1_5, &ramp, &log_of(&v1_5::CCIPSendRequested { message }));
        assert_eq!(found.id_proof, IdProof::Verified);
    }
}

#[test]
fn ccip_3_published_messages_of_1_6_have_their_ids_and_leaves() {
    let Some(vectors) = vectors() else { return };
    let group = &vectors["v1_6"];
    let ramp = on_ramp(Dialect::V1_6, group, number(group, "sourceChainSelector"));
    let published = group["messages"].as_array().unwrap();
    assert!(published.len() >= 8);
    for vector in published {
        let topics: Vec<B256> = serde_json::from_value(vector["log"]["topics"].clone()).unwrap();
        let found = sent(&V1_6, &ramp, &log(topics, parse(&vector["log"], "data")));
        assert_eq!(found.id.to_string(), text(vector, "messageId"));
        assert_eq!(found.id_proof, IdProof::Verified);
        assert_eq!(found.leaf, Some(parse(vector, "leafHash")), "message {}", vector["seqNum"]);
        assert_eq!(found.gas_limit, Some(U256::from(number(vector, "gasLimit"))));
    }
}

#[test]
fn ccip_3_published_leaves_of_1_6_follow_from_the_send() {
    let Some(vectors) = vectors() else { return };
    let whole = vectors["v1_6_leaf"].as_array().unwrap().iter().filter(|vector| vector.get("messageId").is_some());
    let mut compared = 0;
    for vector in whole {
        let source = number(vector, "sourceChainSelector");
        let ramp = on_ramp(Dialect::V1_6, vector, source);
        let arguments = (U256::from(number(vector, "gasLimit")), true).abi_encode();
        let header = v1_6::Header {
            messageId: parse(vector, "messageId"),
            sourceChainSelector: source,
            destChainSelector: number(vector, "destChainSelector"),
            sequenceNumber: number(vector, "sequenceNumber"),
            nonce: number(vector, "nonce"),
        };
        let event = v1_6::CCIPMessageSent {
            destChainSelector: header.destChainSelector,
            sequenceNumber: header.sequenceNumber,
            message: v1_6::Message {
                header,
                sender: parse(vector, "sender"),
                data: parse(vector, "data"),
                receiver: parse::<Address>(vector, "receiver").abi_encode().into(),
                extraArgs: [&hex!("181dcf10")[..], &arguments].concat().into(),
                feeToken: parse(vector, "feeToken"),
                feeTokenAmount: U256::ZERO,
                feeValueJuels: U256::ZERO,
                tokenAmounts: vec![],
            },
        };
        assert_eq!(sent(&V1_6, &ramp, &log_of(&event)).leaf, Some(parse(vector, "expectedLeafHash")));
        compared += 1;
    }
    assert!(compared > 0);
}

#[test]
fn ccip_3_published_blobs_of_2_0_are_messages_with_their_ids() {
    let Some(vectors) = vectors() else { return };
    let published = vectors["v2_0"].as_array().unwrap();
    assert_eq!(published.len(), 4);
    for vector in published {
        let blob: Bytes = parse(vector, "encodedMessage");
        let message = MessageV1::parse(&blob).unwrap();
        assert!([&b"hello"[..], b"hello-preflight"].contains(&message.data), "{vector}");
        let id = vector.get("expectedMessageId").or(vector.get("computedMessageId")).unwrap();
        assert_eq!(keccak256(&blob).to_string(), id.as_str().unwrap());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MerkleVector {
    all_leafs: Vec<B256>,
    proof_leaves: Vec<B256>,
    proof_hashes: Vec<B256>,
    proof_flags: Vec<bool>,
    expected_root: B256,
}

#[test]
fn ccip_15_published_trees_have_their_roots_and_proofs() {
    let Some(text) = shared("merklemulti_vectors.json") else { return };
    let vectors: Vec<MerkleVector> = serde_json::from_str(&text).unwrap();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let tree = merkle::Tree::new(&vector.all_leafs).unwrap();
        assert_eq!(tree.root(), vector.expected_root);
        let place = |leaf| vector.all_leafs.iter().position(|other| other == leaf).unwrap();
        let proof = tree.prove(&vector.proof_leaves.iter().map(place).collect()).unwrap();
        assert_eq!((&proof.hashes, &proof.flags), (&vector.proof_hashes, &vector.proof_flags));
        assert_eq!(proof.root(&vector.proof_leaves), Ok(vector.expected_root));
    }
}

#[test]
fn ccip_15_published_return_data_is_explained() {
    let Some(text) = shared("execution_return_data.json") else { return };
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    let explained: Vec<_> = entries
        .iter()
        .filter(|entry| entry.get("selector").is_some())
        .map(|entry| returndata::explain(&parse::<Bytes>(entry, "data")).to_string())
        .collect();
    assert_eq!(
        explained,
        [
            "ExecutionError > ReceiverError > nothing returned: out of gas, or reverted without a reason",
            "TokenHandlingError > reverted: msg.sender not minter",
        ]
    );
}

/// Every topic that a decoder asks for is one of the published ones, of a contract of that role.
#[test]
fn ccip_3_the_topics_are_those_of_the_published_contracts() {
    let Some(text) = shared("event_topics.tsv") else { return };
    let mut published: BTreeMap<B256, Vec<&str>> = BTreeMap::new();
    for row in text.lines().skip(1) {
        let mut columns = row.split('\t');
        let (contract, topic) = (columns.next().unwrap(), columns.next().unwrap());
        published.entry(topic.parse().unwrap()).or_default().push(contract);
    }
    let decoders: [(&dyn Decode, &[&str]); 3] = [
        (&V1_5, &["v1_2_0/", "v1_5_0/", "latest/"]),
        (&V1_6, &["v1_6_0/", "v1_2_0/router", "latest/"]),
        (&V2_0, &["v2_0_0/", "v1_2_0/router", "latest/"]),
    ];
    let contracts = |role| match role {
        Role::Router => ["router", "router"],
        Role::OnRamp => ["onramp", "on_ramp"],
        Role::OffRamp => ["offramp", "off_ramp"],
        Role::CommitStore => ["commit_store", "commit_store"],
        Role::NonceManager => ["nonce_manager", "nonce_manager"],
        Role::Rmn => ["rmn", "rmn"],
        Role::Verifier => ["committee_verifier", "committee_verifier"],
    };
    let roles =
        [Role::Router, Role::OnRamp, Role::OffRamp, Role::CommitStore, Role::NonceManager, Role::Rmn, Role::Verifier];
    for (decoder, versions) in decoders {
        for role in roles {
            for topic in decoder.topics(role) {
                let of = published.get(&topic).unwrap_or_else(|| panic!("{decoder:?} {role:?} {topic}"));
                // Contracts that curse are known under all versions to each.
                let fits = of.iter().any(|contract| {
                    let version = role == Role::Rmn || versions.iter().any(|version| contract.starts_with(version));
                    version && contracts(role).iter().any(|name| contract.contains(name))
                });
                assert!(fits, "{decoder:?} asks {role:?} for {topic}, which is of {of:?}");
            }
        }
    }
    let operators = Private::operators().unwrap().topics(Role::OnRamp);
    assert!(!published.contains_key(&operators[0]), "the operators' events are nobody else's");
}
