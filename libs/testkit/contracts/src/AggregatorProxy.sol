// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";

/// The stable address in front of changing aggregators. Round ids carry the phase in their upper 16
/// bits, so they are wider than 64 bits from the first phase on. It cannot be written to.
contract AggregatorProxy {
    address public owner;
    uint16 public phaseId;
    mapping(uint16 => AggregatorV3Interface) public phaseAggregators;

    constructor(AggregatorV3Interface first) {
        owner = msg.sender;
        phaseId = 1;
        phaseAggregators[1] = first;
    }

    function setAggregator(AggregatorV3Interface next) external {
        require(msg.sender == owner, "only the owner");
        phaseId += 1;
        phaseAggregators[phaseId] = next;
    }

    function aggregator() public view returns (AggregatorV3Interface) {
        return phaseAggregators[phaseId];
    }

    function decimals() external view returns (uint8) {
        return aggregator().decimals();
    }

    function description() external view returns (string memory) {
        return aggregator().description();
    }

    function version() external view returns (uint256) {
        return aggregator().version();
    }

    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        uint16 phase = uint16(roundId >> 64);
        (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            phaseAggregators[phase].getRoundData(uint80(uint64(roundId)));
        return (inPhase(phase, id), answer, startedAt, updatedAt, inPhase(phase, answeredIn));
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            aggregator().latestRoundData();
        return (inPhase(phaseId, id), answer, startedAt, updatedAt, inPhase(phaseId, answeredIn));
    }

    function inPhase(uint16 phase, uint80 roundId) private pure returns (uint80) {
        return (uint80(phase) << 64) | roundId;
    }
}
