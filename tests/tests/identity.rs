//! Tokens of the host's own identity provider: which are good, whose they are, and that no trick makes another one good.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use model::wire::{ACCOUNT_PATH, ClientFrame, ErrorCode, PROTOCOL_VERSION, TOKEN_PATH};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use system_tests::http_file::HttpFile;
use system_tests::relay_process::RelayProcess;
use system_tests::wire::Wire;

const ED_PEM: &str = include_str!("../keys/ed25519.pem");
const ED_PUBLIC: &str = include_str!("../keys/ed25519.pub.pem");
const RSA_PEM: &str = include_str!("../keys/rsa.pem");
const RSA_PUBLIC: &str = include_str!("../keys/rsa.pub.pem");

fn ed() -> EncodingKey {
    EncodingKey::from_ed_pem(ED_PEM.as_bytes()).unwrap()
}

fn rsa() -> EncodingKey {
    EncodingKey::from_rsa_pem(RSA_PEM.as_bytes()).unwrap()
}

fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

fn claims(changes: &Value) -> Value {
    let mut claims = json!({"iss": "https://id.test", "aud": "amend", "sub": "1234", "preferred_username": "ada",
        "exp": in_seconds(600)});
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn signed(algorithm: Algorithm, kid: Option<&str>, key: &EncodingKey, changes: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(str::to_owned);
    encode(&header, &claims(changes), key).unwrap()
}

/// What the relay says to a token over HTTP.
fn ask(relay: &RelayProcess, method: &str, path: &str, token: &str) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", relay.url()))
        .header("Authorization", format!("Bearer {token}"))
        .body(String::new())
        .unwrap();
    let mut answer = agent.run(request).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (
        answer.status().as_u16(),
        serde_json::from_str(&text).unwrap_or(Value::Null),
    )
}

fn account(relay: &RelayProcess, token: &str) -> Result<(String, bool), String> {
    let (status, body) = ask(relay, "GET", ACCOUNT_PATH, token);
    if status == 200 {
        let name = body["name"].as_str().unwrap().to_owned();
        Ok((name, body["is_admin"].as_bool().unwrap()))
    } else {
        assert!(body["text"].as_str().unwrap().ends_with('.'), "{body}");
        Err(body["code"].as_str().unwrap().to_owned())
    }
}

async fn relay_with(keys: &str) -> (RelayProcess, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let identity = format!(
        "[identity]\nissuer = \"https://id.test\"\naudience = \"amend\"\nadmin_claim = \"roles\"\nadmin_value = \"boss\"\n{keys}\n"
    );
    std::fs::write(&config, identity).unwrap();
    (RelayProcess::configured(&config).await, folder)
}

fn key_file(folder: &tempfile::TempDir, text: &str) -> String {
    let path = folder.path().join("keys");
    std::fs::write(&path, text).unwrap();
    format!("keys_file = {path:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_the_provider_is_the_same_account_each_time() {
    let keys = tempfile::tempdir().unwrap();
    let (relay, _folder) = relay_with(&key_file(&keys, ED_PUBLIC)).await;
    relay.add_user("ada");
    let token = |changes: Value| signed(Algorithm::EdDSA, None, &ed(), &changes);
    // The provider's ada is not the host's: a name takes over nothing.
    let first = token(json!({}));
    assert_eq!(account(&relay, &first), Ok(("ada 2".to_owned(), false)));
    let again = token(json!({"preferred_username": "renamed", "aud": ["other", "amend"]}));
    assert_eq!(account(&relay, &again), Ok(("ada 2".to_owned(), false)));
    let boss = token(
        json!({"sub": "5", "preferred_username": "bo\u{0}ss", "roles": ["boss"], "iat": in_seconds(-9)}),
    );
    assert_eq!(account(&relay, &boss), Ok(("boss".to_owned(), true)));
    let no_more = token(json!({"sub": "5", "roles": [], "iat": in_seconds(0)}));
    assert_eq!(account(&relay, &no_more), Ok(("boss".to_owned(), false)));
    // The newest word counts, whichever token is shown: else two of them would contradict each other for ever.
    assert_eq!(account(&relay, &boss), Ok(("boss".to_owned(), false)));
    // A name that only looks like somebody's is numbered too.
    let alike = token(json!({"sub": "6", "preferred_username": "\u{430}da"}));
    assert_eq!(account(&relay, &alike).unwrap().0, "\u{430}da 2");
    // The socket takes it too, and another front end gets a short-lived token for it.
    let mut wire = Wire::hello_with(&relay.url(), &first).await;
    let room = wire.create_room("General").await;
    wire.subscribe(room, None).await;
    let (status, body) = ask(&relay, "POST", TOKEN_PATH, &first);
    assert_eq!(status, 200, "{body}");
    let short = body["token"].as_str().unwrap();
    assert_eq!(account(&relay, short), Ok(("ada 2".to_owned(), false)));
    // Deactivated here, whatever the provider says; at once.
    let _ = relay.host(&["user", "deactivate", "ada 2"]);
    assert_eq!(wire.error().await, ErrorCode::AccountDeactivated);
    assert_eq!(
        account(&relay, &first),
        Err("account_deactivated".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_token_is_good() {
    let keys = tempfile::tempdir().unwrap();
    let (relay, _folder) = relay_with(&key_file(&keys, RSA_PUBLIC)).await;
    let good = signed(Algorithm::RS256, None, &rsa(), &json!({}));
    assert_eq!(account(&relay, &good), Ok(("ada".to_owned(), false)));
    let forged = {
        let parts: Vec<&str> = good.split('.').collect();
        let claims = URL_SAFE_NO_PAD.encode(claims(&json!({"sub": "9"})).to_string());
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        [
            format!("{}.{claims}.{}", parts[0], parts[2]),
            format!("{none}.{claims}."),
            format!("{}.{}.", parts[0], parts[1]),
            "a.b.c".to_owned(),
            "..".to_owned(),
            "\u{fffd}.é.x".to_owned(),
        ]
    };
    for token in forged {
        // Not every one of them can even be a header.
        if token.is_ascii() {
            assert_eq!(
                account(&relay, &token),
                Err("token_invalid".to_owned()),
                "{token}"
            );
        }
    }
    // The public key taken for a shared secret; another key; another algorithm.
    let confused = EncodingKey::from_secret(RSA_PUBLIC.as_bytes());
    for token in [
        signed(Algorithm::HS256, None, &confused, &json!({})),
        signed(Algorithm::EdDSA, None, &ed(), &json!({})),
        signed(Algorithm::RS512, None, &rsa(), &json!({})),
        signed(
            Algorithm::RS256,
            None,
            &rsa(),
            &json!({"iss": "https://evil.test"}),
        ),
        signed(Algorithm::RS256, None, &rsa(), &json!({"aud": "other"})),
        signed(Algorithm::RS256, None, &rsa(), &json!({"aud": null})),
        signed(Algorithm::RS256, None, &rsa(), &json!({"iss": null})),
        signed(Algorithm::RS256, None, &rsa(), &json!({"exp": null})),
        signed(Algorithm::RS256, None, &rsa(), &json!({"sub": null})),
        signed(Algorithm::RS256, None, &rsa(), &json!({"sub": ""})),
        signed(Algorithm::RS256, None, &rsa(), &json!({"sub": ["a"]})),
        signed(
            Algorithm::RS256,
            None,
            &rsa(),
            &json!({"nbf": in_seconds(600)}),
        ),
    ] {
        assert_eq!(
            account(&relay, &token),
            Err("token_invalid".to_owned()),
            "{token}"
        );
    }
    let old = signed(
        Algorithm::RS256,
        None,
        &rsa(),
        &json!({"exp": in_seconds(-600)}),
    );
    assert_eq!(account(&relay, &old), Err("token_expired".to_owned()));
    let huge = json!({"filler": "x".repeat(20_000)});
    let huge = signed(Algorithm::RS256, None, &rsa(), &huge);
    assert_eq!(account(&relay, &huge), Err("token_invalid".to_owned()));
    // A relay without a provider takes none.
    let plain = RelayProcess::start().await;
    assert_eq!(account(&plain, &good), Err("token_invalid".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_token_does() {
    let keys = tempfile::tempdir().unwrap();
    let (relay, _folder) = relay_with(&key_file(&keys, ED_PUBLIC)).await;
    let token = signed(
        Algorithm::EdDSA,
        None,
        &ed(),
        &json!({"exp": in_seconds(3)}),
    );
    let mut wire = Wire::hello_with(&relay.url(), &token).await;
    assert_eq!(wire.error().await, ErrorCode::TokenExpired);
}

fn jwk(id: &str) -> Value {
    let der = ED_PUBLIC.lines().nth(1).unwrap();
    let der = base64::engine::general_purpose::STANDARD
        .decode(der)
        .unwrap();
    let x = URL_SAFE_NO_PAD.encode(&der[der.len() - 32..]);
    json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": x, "use": "sig", "alg": "EdDSA"})
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_a_url_and_a_new_one_is_looked_for() {
    let other = json!({"kty": "EC", "crv": "P-256", "kid": "x", "x": "AA", "y": "AA"});
    let provider = HttpFile::serve("not here yet");
    let (relay, _folder) = relay_with(&format!("jwks_url = {:?}", provider.url())).await;
    let token = |kid: &str| signed(Algorithm::EdDSA, Some(kid), &ed(), &json!({}));
    // No keys: not the token's fault, and told to try again.
    assert_eq!(account(&relay, &token("one")), Err("overloaded".to_owned()));
    let unknown = json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "y", "pub": "AA"});
    let (mut for_secrets, mut for_others) = (jwk("three"), jwk("four"));
    for_secrets["use"] = "enc".into();
    for_others["alg"] = "ES256".into();
    let keys = json!({"keys": [other, unknown, for_secrets, for_others, jwk("one")]});
    provider.set(&keys.to_string());
    let _ = system_tests::wait::until(
        "the keys are fetched",
        async || account(&relay, &token("one")),
        |known| *known == Ok(("ada".to_owned(), false)),
    )
    .await;
    assert_eq!(
        account(&relay, &token("two")),
        Err("token_invalid".to_owned())
    );
    for kid in ["three", "four"] {
        assert_eq!(
            account(&relay, &token(kid)),
            Err("token_invalid".to_owned()),
            "{kid}"
        );
    }
    provider.set(&json!({"keys": [jwk("two")]}).to_string());
    let _ = system_tests::wait::until(
        "the new key is fetched",
        async || account(&relay, &token("two")),
        Result::is_ok,
    )
    .await;
    // The former one was withdrawn.
    assert_eq!(
        account(&relay, &token("one")),
        Err("token_invalid".to_owned())
    );
    let mut wire = Wire::connect(&relay.url()).await;
    let token = token("one");
    wire.send(&ClientFrame::Hello {
        version: PROTOCOL_VERSION,
        token,
    })
    .await;
    assert_eq!(wire.error().await, ErrorCode::TokenInvalid);
}
