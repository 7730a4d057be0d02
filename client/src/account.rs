//! What a person does with their account at the relay: the one part of the client that waits for a network.
//!
//! Invariant: the token is kept only after the account was written, and forgotten here before the relay hears of it: an
//! unreachable relay never keeps somebody signed in.

use crate::db::queries;
use crate::db::rows::Blob;
use crate::http::{Address, Request};
use crate::sync::shell::Command;
use crate::{Client, ClientError, outbox, views};
use model::view::Account;
use model::wire::{
    ACCOUNT_PATH, AccountResponse, INVITES_PATH, InviteEntry, InviteList, InviteRequest,
    InviteResponse, LOGIN_PATH, LoginRequest, LoginResponse, PASSWORD_PATH, PEOPLE_PATH,
    PasswordRequest, PeopleResponse, PresenceResponse, REGISTER_PATH, RegisterRequest,
    SESSIONS_PATH, SessionEntry, SessionList, VersionsResponse,
};
use model::{MessageId, MessageVersion, NamedUser, RoomId, UserId};
use rusqlite::params;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long signing out waits for the relay; without it the session ends when it expires.
const GOODBYE_MAX: Duration = Duration::from_secs(3);

impl Client {
    /// Exchanges name and password for a token and starts to sync. Signing in again keeps everything that is here.
    ///
    /// # Errors
    /// The address, the network, the credentials, or a profile that holds somebody else's messages.
    pub async fn sign_in(
        &self,
        relay: &str,
        name: &str,
        password: &str,
    ) -> Result<Account, ClientError> {
        let address = Address::parse(relay)?;
        let login = LoginRequest {
            name: name.trim().to_owned(),
            password: password.to_owned(),
            label: device(),
        };
        let request = Request::new(address.clone(), LOGIN_PATH);
        let answer = blocking(move || request.post(&login)).await?;
        self.signed_in(&address, answer).await
    }

    /// Signs in with a token that the person already has: the host's identity provider's, or one that the host made.
    ///
    /// # Errors
    /// The address, the network, a token that is no good, or a profile that holds somebody else's messages.
    pub async fn sign_in_with_token(
        &self,
        relay: &str,
        token: &str,
    ) -> Result<Account, ClientError> {
        let address = Address::parse(relay)?;
        let mut request = Request::new(address.clone(), ACCOUNT_PATH);
        request.token = Some(token.trim().to_owned());
        let known: AccountResponse = blocking(move || request.get()).await?;
        let answer = LoginResponse {
            token: token.trim().to_owned(),
            user: known.user,
            name: known.name,
        };
        self.signed_in(&address, answer).await
    }

    /// Everybody who has an account at the relay.
    ///
    /// # Errors
    /// The network, or a session that has ended.
    pub async fn everybody(&self) -> Result<Vec<NamedUser>, ClientError> {
        let request = self.request(PEOPLE_PATH).await?;
        let answer: PeopleResponse = blocking(move || request.get()).await?;
        Ok(answer.people)
    }

    /// The earlier texts of a message, oldest first; asked of the relay, which keeps them.
    ///
    /// # Errors
    /// A message that is not here, the network, or a session that has ended.
    pub async fn versions(&self, message: MessageId) -> Result<Vec<MessageVersion>, ClientError> {
        let room = self
            .0
            .db
            .read(move |db| outbox::room_of_message(db, message))
            .await?;
        let mut versions = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/v1/rooms/{room}/messages/{message}/versions{after}");
            let request = self.request(&path).await?;
            let answer: VersionsResponse = blocking(move || request.get()).await?;
            versions.extend(answer.versions);
            match answer.after {
                Some(seq) => after = format!("?after={seq}"),
                None => return Ok(versions),
            }
        }
    }

    /// Who is online in a room, as the relay says now.
    ///
    /// # Errors
    /// The network, a room that one is not in, or a session that has ended.
    pub async fn online(&self, room: RoomId) -> Result<PresenceResponse, ClientError> {
        let request = self.request(&format!("/v1/rooms/{room}/presence")).await?;
        blocking(move || request.get()).await
    }

    /// Makes an account at a relay, with an invite's code unless the relay is open to everybody, and signs in to it.
    ///
    /// # Errors
    /// The address, the network, an invite, name or password that is no good, or a profile that holds somebody else's messages.
    pub async fn register(
        &self,
        relay: &str,
        name: &str,
        password: &str,
        invite: Option<&str>,
    ) -> Result<Account, ClientError> {
        let address = Address::parse(relay)?;
        // Before the relay has made an account that this profile can't take.
        if let Some(row) = self.0.db.read(views::account).await? {
            let Account { name, relay, .. } = row.account;
            return Err(ClientError::OtherAccount { name, relay });
        }
        let wanted = RegisterRequest {
            name: name.trim().to_owned(),
            password: password.to_owned(),
            invite: invite.map(|code| code.trim().to_owned()),
            label: device(),
        };
        let request = Request::new(address.clone(), REGISTER_PATH);
        let answer = blocking(move || request.post(&wanted)).await?;
        self.signed_in(&address, answer).await
    }

    async fn signed_in(
        &self,
        address: &Address,
        answer: LoginResponse,
    ) -> Result<Account, ClientError> {
        let account = Account {
            relay: address.canonical(),
            user_id: answer.user,
            name: answer.name,
        };
        let kept = account.clone();
        self.0
            .db
            .write(move |tx| {
                if let Some(row) = views::account(tx)?
                    && row.account.user_id != kept.user_id
                {
                    let Account { name, relay, .. } = row.account;
                    return Err(ClientError::OtherAccount { name, relay });
                }
                tx.execute(
                    queries::PUT_ACCOUNT,
                    params![kept.relay, Blob(kept.user_id.0), kept.name],
                )?;
                Ok(())
            })
            .await?;
        let profile = Arc::clone(&self.0.profile);
        blocking(move || profile.set_token(&answer.token)).await?;
        self.tell(Command::Wake);
        Ok(account)
    }

    /// Forgets the token and stops to sync; messages and outbox stay. The relay is told, if it can be reached.
    ///
    /// # Errors
    /// An unwritable folder.
    pub async fn sign_out(&self) -> Result<(), ClientError> {
        let goodbye = self.request(&format!("{SESSIONS_PATH}/current")).await.ok();
        let profile = Arc::clone(&self.0.profile);
        blocking(move || profile.forget_token()).await?;
        self.0
            .db
            .write(|tx| {
                tx.execute(queries::SIGN_OUT, [])?;
                Ok(())
            })
            .await?;
        self.tell(Command::SignedOut);
        if let Some(mut goodbye) = goodbye {
            goodbye.timeout = GOODBYE_MAX;
            if let Err(error) = blocking(move || goodbye.delete()).await {
                tracing::info!(%error, "the relay could not be told of the signing out");
            }
        }
        Ok(())
    }

    /// The account's sessions at the relay, newest first.
    ///
    /// # Errors
    /// Nobody signed in, the network, or the relay's own.
    pub async fn sessions(&self) -> Result<Vec<SessionEntry>, ClientError> {
        let request = self.request(SESSIONS_PATH).await?;
        let list: SessionList = blocking(move || request.get()).await?;
        Ok(list.sessions)
    }

    /// Ends one of the account's sessions: its device is signed out at once.
    ///
    /// # Errors
    /// As [`Client::sessions`]; a session that there is not.
    pub async fn end_session(&self, id: Uuid) -> Result<(), ClientError> {
        let request = self.request(&format!("{SESSIONS_PATH}/{id}")).await?;
        blocking(move || request.delete()).await
    }

    /// Sets a new password and ends the account's other sessions.
    ///
    /// # Errors
    /// As [`Client::sessions`]; a wrong old password, or a new one that is no good.
    pub async fn change_password(&self, old: &str, new: &str) -> Result<(), ClientError> {
        let change = PasswordRequest {
            old: old.to_owned(),
            new: new.to_owned(),
        };
        let request = self.request(PASSWORD_PATH).await?;
        blocking(move || request.post_only(&change)).await
    }

    /// Makes an invite, if one is an admin.
    ///
    /// # Errors
    /// As [`Client::sessions`]; not being an admin.
    pub async fn invite(&self, uses: u32, days: u32) -> Result<InviteResponse, ClientError> {
        let request = self.request(INVITES_PATH).await?;
        let invite = InviteRequest {
            uses,
            days,
            claims: None,
        };
        blocking(move || request.post(&invite)).await
    }

    /// Makes an invite for somebody whose words were imported: it gives their account. Only for an admin.
    ///
    /// # Errors
    /// As [`Client::invite`]; somebody who can sign in already.
    pub async fn invite_to_claim(
        &self,
        account: UserId,
        days: u32,
    ) -> Result<InviteResponse, ClientError> {
        let request = self.request(INVITES_PATH).await?;
        let invite = InviteRequest {
            uses: 1,
            days,
            claims: Some(account),
        };
        blocking(move || request.post(&invite)).await
    }

    /// The invites that can still be used, if one is an admin.
    ///
    /// # Errors
    /// As [`Client::sessions`]; not being an admin.
    pub async fn invites(&self) -> Result<Vec<InviteEntry>, ClientError> {
        let request = self.request(INVITES_PATH).await?;
        let list: InviteList = blocking(move || request.get()).await?;
        Ok(list.invites)
    }

    /// Takes an invite back, if one is an admin.
    ///
    /// # Errors
    /// As [`Client::invites`]; an invite that there is not.
    pub async fn revoke_invite(&self, id: Uuid) -> Result<(), ClientError> {
        let request = self.request(&format!("{INVITES_PATH}/{id}")).await?;
        blocking(move || request.delete()).await
    }

    /// Whether one may make invites, as the relay says now.
    ///
    /// # Errors
    /// As [`Client::sessions`].
    pub async fn is_admin(&self) -> Result<bool, ClientError> {
        let request = self.request(ACCOUNT_PATH).await?;
        let known: AccountResponse = blocking(move || request.get()).await?;
        Ok(known.is_admin)
    }

    /// A request in the name of whoever is signed in.
    pub(crate) async fn request(&self, path: &str) -> Result<Request, ClientError> {
        let row = self.0.db.read(views::account).await?;
        let profile = Arc::clone(&self.0.profile);
        let token = blocking(move || profile.token()).await?;
        let (Some(row), Some(token)) = (row, token) else {
            return Err(ClientError::SignedOut);
        };
        let mut request = Request::new(Address::parse(&row.account.relay)?, path);
        request.token = Some(token);
        Ok(request)
    }
}

/// What the session is called in the list of sessions.
fn device() -> String {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = host.trim();
    let system = std::env::consts::OS;
    if host.is_empty() {
        format!("Amend on {system}")
    } else {
        format!("Amend on {host} ({system})")
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, ClientError> + Send + 'static,
) -> Result<T, ClientError> {
    tokio::task::spawn_blocking(act)
        .await
        .map_err(|_| ClientError::Closed)?
}
