//! Closed lists of texts.

use control::cipher_key::CipherKeyState;
use serde::Serialize;

use crate::dialects::aliyun::params::choice;

choice! {
    /// What a key is for.
    pub(crate) enum KeyUsage: String {
        /// To encrypt and decrypt.
        Encrypt = "ENCRYPT/DECRYPT",
        /// To sign and verify; not offered.
        Sign = "SIGN/VERIFY",
    }
}

choice! {
    /// Where a key's material comes from.
    pub(crate) enum Origin: String {
        /// From this server.
        Own = "Aliyun_KMS",
        /// From the key's owner; not offered.
        External = "EXTERNAL",
    }
}

choice! {
    /// What keeps a key's material.
    pub(crate) enum ProtectionLevel: String {
        /// This server.
        Software = "SOFTWARE",
        /// A machine for it; not offered.
        Hsm = "HSM",
    }
}

choice! {
    /// The kinds of keys. Only the first is offered.
    pub(crate) enum KeySpec: String {
        /// AES with 256 bits.
        Aes256 = "Aliyun_AES_256",
        /// AES with 192 bits.
        Aes192 = "Aliyun_AES_192",
        /// AES with 128 bits.
        Aes128 = "Aliyun_AES_128",
        /// SM4.
        Sm4 = "Aliyun_SM4",
        /// RSA with 2048 bits.
        Rsa2048 = "RSA_2048",
        /// RSA with 3072 bits.
        Rsa3072 = "RSA_3072",
        /// RSA with 4096 bits.
        Rsa4096 = "RSA_4096",
        /// Curve P-256.
        P256 = "EC_P256",
        /// Curve secp256k1.
        P256K = "EC_P256K",
        /// Curve SM2.
        Sm2 = "EC_SM2",
    }
}

choice! {
    /// The kinds of keys that are drawn for their callers' own use.
    pub(crate) enum DataKeySpec: String {
        /// 32 bytes.
        Aes256 = "AES_256",
        /// 16 bytes.
        Aes128 = "AES_128",
    }
}

impl DataKeySpec {
    /// How long such a key is.
    pub(crate) const fn bytes(self) -> u32 {
        match self {
            Self::Aes256 => 32,
            Self::Aes128 => 16,
        }
    }
}

choice! {
    /// What carries tags.
    pub(crate) enum ResourceType: String {
        /// Keys.
        Key = "key",
    }
}

/// Whether a key can be used.
#[derive(Clone, Copy, Serialize)]
pub(crate) enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion,
}

impl From<CipherKeyState> for KeyState {
    fn from(state: CipherKeyState) -> Self {
        match state {
            CipherKeyState::Enabled => Self::Enabled,
            CipherKeyState::Disabled => Self::Disabled,
            CipherKeyState::PendingDeletion => Self::PendingDeletion,
        }
    }
}
