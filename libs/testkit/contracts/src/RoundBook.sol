// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";

/// The rounds of one feed and who may add to them. A dialect contract adds the one write function
/// that its kind of aggregator has; everything that is read is here.
///
/// For tests and the demo: it keeps every round and packs nothing.
abstract contract RoundBook is AggregatorV3Interface {
    struct Round {
        int256 answer;
        uint64 startedAt;
        uint64 updatedAt;
    }

    /// The answer lies outside what the feed may ever hold.
    error AnswerOutOfBounds(int256 answer);

    address public owner;
    mapping(address => bool) public transmitters;
    uint80 public latestRound;

    uint8 public immutable override decimals;
    uint256 public constant override version = 1;
    string public override description;

    int256 internal immutable lowest;
    int256 internal immutable highest;
    /// How a feed without a round answers: some in the field revert, others return five zeros.
    bool private immutable emptyReverts;
    mapping(uint80 => Round) private rounds;

    constructor(uint8 decimals_, string memory description_, int256 lowest_, int256 highest_, bool emptyReverts_) {
        owner = msg.sender;
        decimals = decimals_;
        description = description_;
        lowest = lowest_;
        highest = highest_;
        emptyReverts = emptyReverts_;
    }

    modifier onlyOwner() {
        require(msg.sender == owner, "only the owner");
        _;
    }

    function addTransmitter(address account) external onlyOwner {
        transmitters[account] = true;
    }

    function removeTransmitter(address account) external onlyOwner {
        transmitters[account] = false;
    }

    function getRoundData(uint80 roundId)
        public
        view
        override
        returns (uint80, int256, uint256, uint256, uint80)
    {
        Round memory round = rounds[roundId];
        if (round.updatedAt == 0) {
            require(!emptyReverts, "No data present");
            return (0, 0, 0, 0, 0);
        }
        return (roundId, round.answer, round.startedAt, round.updatedAt, roundId);
    }

    function latestRoundData() external view override returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(latestRound);
    }

    /// Opens the next round and closes it with this answer.
    function record(int256 answer) internal {
        if (answer < lowest || answer > highest) revert AnswerOutOfBounds(answer);
        uint80 roundId = latestRound + 1;
        latestRound = roundId;
        rounds[roundId] = Round(answer, uint64(block.timestamp), uint64(block.timestamp));
        emit NewRound(roundId, msg.sender, block.timestamp);
        emit AnswerUpdated(answer, roundId, block.timestamp);
    }
}
