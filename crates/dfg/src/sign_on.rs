//! Signing on through an organisation's own provider, by OpenID Connect 1.0: the authorisation code
//! flow with PKCE, a nonce, and a state that the site binds to the browser.
//!
//! The provider's addresses and keys are asked for at each sign-on, so that it may change them.

use std::time::Duration;

use anyhow::{Context as _, bail};
use dfg_store::sign_on::Identity;
use dfg_web::sign_on::{Began, Begun, Later, SignOn, SignOnError};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
    core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims},
};

use crate::settings::Settings;

/// How long the provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer of a provider, in bytes.
const LONGEST: u64 = 1 << 20;
/// The path to which the provider sends people back.
const BACK: &str = "/sign-in/organisation/back";

/// The client of one provider.
#[derive(Clone)]
pub struct Provider {
    issuer: IssuerUrl,
    client: ClientId,
    secret: Option<ClientSecret>,
    back: RedirectUrl,
    name: String,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Provider {
    /// The provider that the settings name; none where they name none.
    pub fn open(settings: &Settings, address: &str) -> anyhow::Result<Option<Self>> {
        let Some(issuer) = settings.sign_on_issuer() else {
            return Ok(None);
        };
        let Some(client) = settings.sign_on_client() else {
            bail!("sign-on-issuer is set, but sign-on-client is not");
        };
        let secret = match settings.sign_on_secret_file() {
            None => None,
            Some(path) => {
                let text = std::fs::read_to_string(&path).with_context(|| {
                    format!("cannot read sign-on-secret-file {}", path.display())
                })?;
                Some(ClientSecret::new(text.trim().to_owned()))
            }
        };
        if !is_safe(&issuer) {
            bail!("sign-on-issuer: an address begins with https://");
        }
        Ok(Some(Self {
            issuer: IssuerUrl::new(issuer).context("sign-on-issuer is not an address")?,
            client: ClientId::new(client),
            secret,
            back: RedirectUrl::new(format!("{address}{BACK}"))
                .context("the site's address is not one to come back to")?,
            name: settings.sign_on_name(),
        }))
    }

    fn connect(&self) -> Result<Client, SignOnError> {
        let metadata = CoreProviderMetadata::discover(&self.issuer, &ask).map_err(unreachable)?;
        let client =
            CoreClient::from_provider_metadata(metadata, self.client.clone(), self.secret.clone());
        Ok(client.set_redirect_uri(self.back.clone()))
    }

    fn begin_now(&self, state: String) -> Result<Begun, SignOnError> {
        let client = self.connect()?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, _, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Begun {
            address: address.into(),
            began: Began {
                nonce: nonce.secret().clone(),
                verifier: verifier.into_secret(),
            },
        })
    }

    fn finish_now(&self, began: Began, code: String) -> Result<Identity, SignOnError> {
        let client = self.connect()?;
        let token = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(unreachable)?
            .set_pkce_verifier(PkceCodeVerifier::new(began.verifier))
            .request(&ask)
            .map_err(refused)?;
        let id = token
            .id_token()
            .ok_or_else(|| SignOnError::Refused("it gave no ID token".to_owned()))?;
        let claims = id
            .claims(&client.id_token_verifier(), &Nonce::new(began.nonce))
            .map_err(refused)?;
        let subject = claims.subject().clone();
        let mut email = claims.email().cloned();
        let mut vouched = claims.email_verified();
        // Many providers tell the address only to whoever asks with the access token.
        if email.is_none()
            && let Ok(question) =
                client.user_info(token.access_token().clone(), Some(subject.clone()))
        {
            let told: CoreUserInfoClaims = question.request(&ask).map_err(refused)?;
            email = told.email().cloned();
            vouched = told.email_verified();
        }
        Ok(Identity {
            issuer: self.issuer.as_str().to_owned(),
            subject: subject.as_str().to_owned(),
            email: email
                .filter(|_| vouched == Some(true))
                .map(|email| email.as_str().to_owned()),
        })
    }
}

impl SignOn for Provider {
    fn name(&self) -> &str {
        &self.name
    }

    fn begin(&self, state: String) -> Later<Begun> {
        let provider = self.clone();
        later(move || provider.begin_now(state))
    }

    fn finish(&self, began: Began, code: String) -> Later<Identity> {
        let provider = self.clone();
        later(move || provider.finish_now(began, code))
    }
}

/// Does what waits for the provider where waiting does no harm.
fn later<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SignOnError> + Send + 'static,
) -> Later<T> {
    Box::pin(async move {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|cause| Err(unreachable(cause)))
    })
}

/// Whether an address may be spoken to: over TLS, or on the machine itself.
fn is_safe(address: &str) -> bool {
    ["https://", "http://127.0.0.1:", "http://localhost:"]
        .iter()
        .any(|start| address.starts_with(start))
}

/// Why a provider could not be asked.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("{0} is neither https nor on this machine")]
    Unsafe(String),
    #[error(transparent)]
    Http(#[from] ureq::Error),
}

/// Asks the provider one thing; follows it nowhere else.
fn ask(request: HttpRequest) -> Result<HttpResponse, AskError> {
    let address = request.uri().to_string();
    if !is_safe(&address) {
        return Err(AskError::Unsafe(address));
    }
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build()
        .into();
    let (head, body) = agent.run(request)?.into_parts();
    let body = body.into_with_config().limit(LONGEST).read_to_vec()?;
    Ok(HttpResponse::from_parts(head, body))
}

fn unreachable(cause: impl std::error::Error) -> SignOnError {
    SignOnError::Unreachable(chain(&cause))
}

fn refused(cause: impl std::error::Error) -> SignOnError {
    SignOnError::Refused(chain(&cause))
}

/// An error with its causes, in a line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
