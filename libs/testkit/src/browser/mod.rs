//! A real browser for tests of pages: Chromium without a window, by playwright-core and axe-core from npm.
//!
//! The browser itself is the machine's (`chromium` of Debian, or one under another usual name); where there is none, a test
//! says so and goes without. Addresses are the test's own, on loopback.

mod driver;

pub use self::driver::{Browser, Error, Tab};
