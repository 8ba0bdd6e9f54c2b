//! Private keys, RSA-OAEP unwrapping and AES-GCM payloads of WhatsApp Flows endpoints.
