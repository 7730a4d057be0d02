//! Turning encryption on and off for a profile with everything in it.
//!
//! On: the key goes into the keyring, `vault.json` says that it begins, the database is copied under the key and the copy takes
//! its place, what is beside it is sealed, `vault.json` says that it is done. Off: what is beside the database is unsealed, the
//! database is copied without a key, `vault.json` goes, the key goes from the keyring.
//!
//! Invariant: whether a crash came before or after the one rename decides which of the two the profile is; [`super::unlock`]
//! does the rest.

use super::file::{State, VaultFile};
use super::{Key, Keyring, RecoveryCode, Steps, VaultError, side};
use crate::account::blocking;
use crate::db::cipher;
use crate::{Client, ClientError};
use model::view::{SetAside, VaultView};
use std::path::Path;
use std::sync::Arc;

/// What is beside the database is sealed, and `vault.json` says that all is encrypted.
pub(super) fn finish_on(
    folder: &Path,
    vault: &mut VaultFile,
    key: &Key,
) -> Result<(), ClientError> {
    side::seal_copies(folder, key)?;
    vault.state = State::On;
    vault.write(folder)
}

/// The profile is not encrypted (any more, or yet).
pub(super) fn finish_off(
    folder: &Path,
    vault: &VaultFile,
    keyring: &Keyring,
) -> Result<(), ClientError> {
    cipher::remove_fresh(&folder.join("amend.db"))?;
    VaultFile::remove(folder)?;
    // A key that opens nothing any more.
    if let Err(error) = keyring.forget(&vault.entry()) {
        tracing::info!(%error, "a key that is no longer used stays in the keyring");
    }
    Ok(())
}

impl Client {
    /// Encrypts the local database and all that is beside it, and gives the recovery code, which is shown once. The key goes into
    /// the keyring; `without_keyring` goes on where there is none, and the code is then asked for at each start.
    ///
    /// # Errors
    /// No keyring, a full disk: then all is as it was. [`VaultError::AlreadyOn`].
    pub async fn encrypt(&self, without_keyring: bool) -> Result<RecoveryCode, ClientError> {
        self.encrypt_watched(without_keyring, Arc::new(|_| ()))
            .await
    }

    /// The same, telling each step as it is reached: for tests that crash there.
    ///
    /// # Errors
    /// As [`Client::encrypt`].
    pub async fn encrypt_watched(
        &self,
        without_keyring: bool,
        steps: Steps,
    ) -> Result<RecoveryCode, ClientError> {
        // To its end, even if nobody waits for it any more.
        let client = self.clone();
        let all = tokio::spawn(async move { client.turn_on(without_keyring, steps).await });
        all.await.map_err(|_| ClientError::Closed)?
    }

    async fn turn_on(
        &self,
        without_keyring: bool,
        steps: Steps,
    ) -> Result<RecoveryCode, ClientError> {
        let _one = self.0.vault.lock().await;
        let profile = Arc::clone(&self.0.profile);
        let (key, code) = (Key::random()?, RecoveryCode::random()?);
        let begin = {
            let (key, code, steps) = (key.clone(), code.clone(), Arc::clone(&steps));
            blocking(move || {
                if VaultFile::read(profile.folder())?.is_some() {
                    return Err(VaultError::AlreadyOn.into());
                }
                let mut vault = VaultFile::new(State::TurningOn, &key, &code)?;
                match profile.keyring().set(&vault.entry(), key.bytes()) {
                    Ok(()) => {}
                    Err(error) if without_keyring => {
                        tracing::warn!(%error, "the recovery code is asked for at each start");
                        VaultFile::keep_unconfirmed(profile.folder(), &key)?;
                    }
                    Err(error) => return Err(error.into()),
                }
                steps("keyring");
                vault.write(profile.folder())?;
                steps("vault");
                Ok(vault)
            })
        };
        let mut vault = begin.await?;
        let turned = self.0.db.rekey(Some(key.clone()), Arc::clone(&steps)).await;
        let profile = Arc::clone(&self.0.profile);
        blocking(move || {
            if let Err(error) = turned {
                // If it is encrypted by now, the next opening does the rest.
                if cipher::is_plain(&profile.database())? == Some(true) {
                    finish_off(profile.folder(), &vault, profile.keyring())?;
                }
                return Err(error);
            }
            finish_on(profile.folder(), &mut vault, &key)?;
            steps("done");
            Ok(())
        })
        .await?;
        Ok(code)
    }

    /// Puts everything back as it was without encryption.
    ///
    /// # Errors
    /// A full disk: then it is still encrypted. [`VaultError::NotOn`].
    pub async fn decrypt(&self) -> Result<(), ClientError> {
        self.decrypt_watched(Arc::new(|_| ())).await
    }

    /// The same, telling each step as it is reached: for tests that crash there.
    ///
    /// # Errors
    /// As [`Client::decrypt`].
    pub async fn decrypt_watched(&self, steps: Steps) -> Result<(), ClientError> {
        let client = self.clone();
        let all = tokio::spawn(async move { client.turn_off(steps).await });
        all.await.map_err(|_| ClientError::Closed)?
    }

    async fn turn_off(&self, steps: Steps) -> Result<(), ClientError> {
        let _one = self.0.vault.lock().await;
        let key = self.0.db.key().ok_or(VaultError::NotOn)?;
        let begin = {
            let (profile, key, steps) =
                (Arc::clone(&self.0.profile), key.clone(), Arc::clone(&steps));
            blocking(move || {
                let folder = profile.folder();
                let mut vault = VaultFile::read(folder)?.ok_or(VaultError::NotOn)?;
                vault.state = State::TurningOff;
                vault.write(folder)?;
                steps("vault");
                side::unseal_copies(folder, &key)?;
                steps("unsealed");
                Ok(vault)
            })
        };
        let mut vault = begin.await?;
        let turned = self.0.db.rekey(None, Arc::clone(&steps)).await;
        let profile = Arc::clone(&self.0.profile);
        blocking(move || {
            if let Err(error) = turned {
                if cipher::is_plain(&profile.database())? == Some(false) {
                    finish_on(profile.folder(), &mut vault, &key)?;
                }
                return Err(error);
            }
            finish_off(profile.folder(), &vault, profile.keyring())?;
            steps("done");
            Ok(())
        })
        .await
    }

    /// A new recovery code; the earlier one opens nothing any more.
    ///
    /// # Errors
    /// [`VaultError::NotOn`], an unwritable folder.
    pub async fn renew_recovery_code(&self) -> Result<RecoveryCode, ClientError> {
        let _one = self.0.vault.lock().await;
        let key = self.0.db.key().ok_or(VaultError::NotOn)?;
        let profile = Arc::clone(&self.0.profile);
        blocking(move || {
            let mut vault = VaultFile::read(profile.folder())?.ok_or(VaultError::NotOn)?;
            let code = RecoveryCode::random()?;
            vault.renew(&key, &code)?;
            vault.write(profile.folder())?;
            Ok(code)
        })
        .await
    }

    /// The person has written the recovery code down.
    ///
    /// # Errors
    /// [`VaultError::NotOn`], an unwritable folder.
    pub async fn recovery_code_saved(&self) -> Result<(), ClientError> {
        let _one = self.0.vault.lock().await;
        let profile = Arc::clone(&self.0.profile);
        blocking(move || {
            let mut vault = VaultFile::read(profile.folder())?.ok_or(VaultError::NotOn)?;
            vault.code_saved = true;
            vault.write(profile.folder())?;
            VaultFile::confirmed(profile.folder())
        })
        .await
    }

    /// What the settings say about encryption and the keyring.
    ///
    /// # Errors
    /// An unreadable folder.
    pub async fn vault(&self) -> Result<VaultView, ClientError> {
        let profile = Arc::clone(&self.0.profile);
        let encrypted = self.0.db.key().is_some();
        blocking(move || {
            let vault = VaultFile::read(profile.folder())?;
            let asked = match &vault {
                Some(vault) => profile
                    .keyring()
                    .get(&vault.entry())
                    .map(|key| key.is_some()),
                None => profile.keyring().get("nothing").map(|_| false),
            };
            Ok(VaultView {
                encrypted,
                code_saved: vault.is_some_and(|vault| vault.code_saved),
                key_in_keyring: matches!(asked, Ok(true)),
                token_in_keyring: profile.token_in_keyring(),
                keyring_failure: asked.err().map(|error| error.to_string()),
                set_aside: super::aside::list(profile.folder())?
                    .into_iter()
                    .map(|(folder, at, imported)| SetAside {
                        folder,
                        at,
                        imported,
                    })
                    .collect(),
            })
        })
        .await
    }
}
