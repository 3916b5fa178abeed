//! Messages of public test suites at the gateway's door. The files are not in this repository: without them
//! (`CAUSEWAY_DATA`, or `shared/data` beside the checkout) the tests say so and pass.

mod recorded;
