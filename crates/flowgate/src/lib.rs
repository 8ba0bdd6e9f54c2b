//! Answer WhatsApp Flows from Rust: the facade that applications depend on.
