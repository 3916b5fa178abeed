// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {RoundBook} from "./RoundBook.sol";

/// Written with `updateAnswer(int256)`.
contract UpdateAnswerInt256Aggregator is RoundBook {
    constructor(uint8 d, string memory name, int256 low, int256 high, bool emptyReverts)
        RoundBook(d, name, low, high, emptyReverts)
    {}

    function updateAnswer(int256 answer) external {
        require(transmitters[msg.sender], "not a transmitter");
        record(answer);
    }

    function minAnswer() external view returns (int256) {
        return lowest;
    }

    function maxAnswer() external view returns (int256) {
        return highest;
    }
}

/// Written with `updateAnswer(uint256)`. Has no bounds to read, as the simplest ones in the field.
contract UpdateAnswerUint256Aggregator is RoundBook {
    constructor(uint8 d, string memory name, int256 low, int256 high, bool emptyReverts)
        RoundBook(d, name, low, high, emptyReverts)
    {}

    function updateAnswer(uint256 answer) external {
        require(transmitters[msg.sender], "not a transmitter");
        require(answer <= uint256(type(int256).max), "answer too large");
        record(int256(answer));
    }
}

/// Written with `submit(uint256,int256)`, which names the round: a second writer of one round is refused.
contract SubmitRoundAggregator is RoundBook {
    constructor(uint8 d, string memory name, int256 low, int256 high, bool emptyReverts)
        RoundBook(d, name, low, high, emptyReverts)
    {}

    function submit(uint256 roundId, int256 answer) external {
        require(transmitters[msg.sender], "not an enabled transmitter");
        require(roundId == uint256(latestRound) + 1, "invalid round");
        record(answer);
    }

    function minSubmissionValue() external view returns (int256) {
        return lowest;
    }

    function maxSubmissionValue() external view returns (int256) {
        return highest;
    }
}

/// Written with `transmit(int192)`. Refuses strangers with an error of its own instead of a text.
contract TransmitInt192Aggregator is RoundBook {
    error Unauthorized(address account);

    constructor(uint8 d, string memory name, int256 low, int256 high, bool emptyReverts)
        RoundBook(d, name, low, high, emptyReverts)
    {}

    function transmit(int192 answer) external {
        if (!transmitters[msg.sender]) revert Unauthorized(msg.sender);
        record(answer);
    }

    function minAnswer() external view returns (int192) {
        return int192(lowest);
    }

    function maxAnswer() external view returns (int192) {
        return int192(highest);
    }
}
