//! The functions and events of aggregators that we use. Names and types decide the selectors, which a test
//! of the parent module pins.
#![allow(missing_docs, reason = "the names are the contracts' own, and all of this is private to the parent")]

use alloy::sol;

sol! {
    interface Abi {
        event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
        event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);

        function decimals() external view returns (uint8);
        function description() external view returns (string);
        function version() external view returns (uint256);
        function latestRoundData() external view
            returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
        function getRoundData(uint80 id) external view
            returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
        function aggregator() external view returns (address);
        function phaseId() external view returns (uint16);
        // int192 on OCR contracts; one word either way.
        function minAnswer() external view returns (int256);
        function maxAnswer() external view returns (int256);
        function minSubmissionValue() external view returns (int256);
        function maxSubmissionValue() external view returns (int256);

        function updateAnswer(int256 answer) external;
        function updateAnswer(uint256 answer) external;
        function submit(uint256 roundId, int256 answer) external;
        function transmit(int192 answer) external;
    }
}
