//! The data-exchange protocol of WhatsApp Flows, free of web framework and runtime.
