//! actix-web middleware and services for WhatsApp Flows endpoints.
