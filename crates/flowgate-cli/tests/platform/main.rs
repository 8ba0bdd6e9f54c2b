//! The commands that speak to the platform and to endpoints, as an operator
//! runs them: the program itself against the stand-in and the example server.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

mod desk;
mod doctor;
mod faults;
mod killed;
mod rotate;
mod rotate_under_load;
mod scene;
