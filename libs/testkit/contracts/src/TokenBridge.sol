// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ICcipReceiver, ICcipRouter, IToken, IncomingMessage, OutgoingMessage, TokenAmount} from "./CcipClients.sol";

interface IReferencedToken {
    function hasRole(bytes32 role, address account) external view returns (bool);
    function mintWithReference(address to, uint256 amount, bytes32 businessReference) external;
    function burnWithReference(address from, uint256 amount, bytes32 businessReference) external;
}

/// One end of a bridge for a `SettlementToken` over CCIP: it burns here what its peer mints there, in the transaction
/// that sends the message, and every movement names what caused it.
///
/// Neither end can do a thing twice, whoever asks: the token here refuses a reference that it has seen, and the token
/// there refuses it likewise. What the destination will not mint (a holder who is not listed, a paused token) is declined
/// for good and said so, since a message that is executed is never executed again: whoever sent it may then give back
/// what was burned. What fails for want of gas is not declined: it can be executed by hand.
contract TokenBridge is ICcipReceiver {
    error NotIssuer(address account);
    error NotOwner(address account);
    error NotRouter(address account);
    error NotPeer(uint64 selector, bytes peer);
    error NoPeer(uint64 selector);
    error TooLittleGas(uint256 left);

    event Departed(
        bytes32 indexed businessReference,
        bytes32 indexed messageId,
        address indexed from,
        address to,
        uint256 amount,
        uint64 destination
    );
    event Arrived(bytes32 indexed businessReference, bytes32 indexed messageId, address indexed to, uint256 amount);
    event Declined(bytes32 indexed businessReference, bytes32 indexed messageId, bytes reason);

    bytes32 private constant ISSUER = keccak256("ISSUER");
    /// `bytes4(keccak256("CCIP EVMExtraArgsV2"))`.
    bytes4 private constant EXTRA_ARGS_V2 = 0x181dcf10;
    /// For the peer: several times what a mint takes.
    uint256 private constant GAS_LIMIT = 400_000;
    /// With less, a mint that fails may have failed for want of gas, and must not count as declined.
    uint256 private constant LEAST_GAS = 250_000;

    address public immutable owner;
    IReferencedToken public immutable token;
    ICcipRouter public immutable router;
    /// What fees are paid in, out of this contract's balance; zero is the chain's coin.
    address public immutable feeToken;
    mapping(uint64 => address) public peers;
    /// What a reference sent away: `departureDigest` of it, zero for an unused one.
    mapping(bytes32 => bytes32) public departures;
    /// The message that carries a reference.
    mapping(bytes32 => bytes32) public messages;
    /// References that came and were not minted, and never will be.
    mapping(bytes32 => bool) public declined;

    constructor(IReferencedToken token_, ICcipRouter router_, address feeToken_) {
        owner = msg.sender;
        token = token_;
        router = router_;
        feeToken = feeToken_;
    }

    receive() external payable {}

    function setPeer(uint64 selector, address peer) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        peers[selector] = peer;
    }

    /// Whoever may issue the token may send it away. `to` is an account of the other chain.
    function bridgeWithReference(
        address from,
        address to,
        uint256 amount,
        uint64 destination,
        bytes32 businessReference
    ) external returns (bytes32 messageId) {
        if (!token.hasRole(ISSUER, msg.sender)) revert NotIssuer(msg.sender);
        address peer = peers[destination];
        if (peer == address(0)) revert NoPeer(destination);
        token.burnWithReference(from, amount, businessReference);
        departures[businessReference] = departureDigest(from, to, amount, destination);
        messageId = send(destination, peer, abi.encode(businessReference, to, amount));
        messages[businessReference] = messageId;
        emit Departed(businessReference, messageId, from, to, amount, destination);
    }

    /// What `departures` holds for a reference that did this.
    function departureDigest(address from, address to, uint256 amount, uint64 destination)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(from, to, amount, destination));
    }

    function ccipReceive(IncomingMessage calldata message) external {
        if (msg.sender != address(router)) revert NotRouter(msg.sender);
        address peer = peers[message.sourceChainSelector];
        bool fromPeer = keccak256(message.sender) == keccak256(abi.encode(peer));
        if (peer == address(0) || !fromPeer) revert NotPeer(message.sourceChainSelector, message.sender);
        (bytes32 businessReference, address to, uint256 amount) = abi.decode(message.data, (bytes32, address, uint256));
        if (gasleft() < LEAST_GAS) revert TooLittleGas(gasleft());
        try token.mintWithReference(to, amount, businessReference) {
            emit Arrived(businessReference, message.messageId, to, amount);
        } catch (bytes memory reason) {
            declined[businessReference] = true;
            emit Declined(businessReference, message.messageId, reason);
        }
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == type(ICcipReceiver).interfaceId;
    }

    function send(uint64 destination, address peer, bytes memory data) private returns (bytes32) {
        OutgoingMessage memory message = OutgoingMessage({
            receiver: abi.encode(peer),
            data: data,
            tokenAmounts: new TokenAmount[](0),
            feeToken: feeToken,
            // In any order: one message that waits holds up no other.
            extraArgs: abi.encodeWithSelector(EXTRA_ARGS_V2, GAS_LIMIT, true)
        });
        uint256 fee = router.getFee(destination, message);
        if (feeToken == address(0)) return router.ccipSend{value: fee}(destination, message);
        IToken(feeToken).approve(address(router), fee);
        return router.ccipSend(destination, message);
    }
}
