//! Reads and checks Flow JSON: model, rules, diagnostics and data contracts.
