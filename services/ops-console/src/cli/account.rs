//! Accounts, kept from the console's host: whoever reaches its database may.

use std::io::{IsTerminal as _, Read as _, Write as _};

use causeway_runtime::{
    CancellationToken,
    clock::{Clock as _, SystemClock},
    process::Failure,
};
use causeway_service::{cli::print, config, database};
use causeway_store::{
    Metrics,
    start::{DATABASE_WITHIN, await_database},
};
use clap::{Subcommand, ValueEnum};

use crate::{
    adapters::{passwords, store::Store},
    config::SERVICE,
    domain::people::{LONGEST_PASSWORD, Role, SHORTEST_PASSWORD, is_name, is_password},
};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Make an account, or give one a new password and role; the password is read from standard input
    Put {
        /// a-z, 0-9, '-', '.' and '_'; it stands in records
        name: String,
        /// Each may do what the ones before may
        #[arg(long, value_enum)]
        role: RoleName,
    },
    /// Close an account and end its sign-ins
    Close {
        /// Which
        name: String,
    },
    /// Make an account that is here already that of somebody at the provider; its password and its sign-ins end
    Link {
        /// Which
        name: String,
        /// The provider, exactly as people.oidc.issuer has it
        #[arg(long)]
        issuer: String,
        /// The provider's own name for the person: `sub`
        #[arg(long)]
        subject: String,
    },
    /// List the accounts
    List,
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleName {
    /// Looks
    Observer,
    /// Proposes actions
    Operator,
    /// Approves what others propose
    Approver,
    /// Keeps the accounts
    Admin,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0:?} is no name: expected 1 to 40 of a-z, 0-9, '-', '.' and '_'")]
    Name(String),
    #[error("expected a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} bytes on standard input")]
    Password,
    #[error("there is no account {0}")]
    Unknown(String),
    #[error("there is no account {0}, or whoever that is at the provider has another one")]
    NotLinked(String),
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Observer => Self::Observer,
            RoleName::Operator => Self::Operator,
            RoleName::Approver => Self::Approver,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// Does it.
pub(super) async fn run(account: Account, store: config::Store, stop: CancellationToken) -> Result<(), Failure> {
    let pool = database::open_pool(&store, SERVICE, Metrics::default())?;
    await_database(&pool, DATABASE_WITHIN, &stop).await.map_err(Failure::new)?;
    let store = Store::new(pool);
    match account {
        Account::Put { name, role } => {
            if !is_name(&name) {
                return Err(Failure::new(Error::Name(name)));
            }
            let password = read_password().map_err(Failure::new)?;
            if !is_password(&password) {
                return Err(Failure::new(Error::Password));
            }
            let hash = passwords::hash(password).await.map_err(Failure::new)?;
            let role = Role::from(role);
            store.put_account(&name, role, &hash, SystemClock::new().now()).await.map_err(Failure::new)?;
            print(&format!("{name} may sign in as {}\n", role.as_str()));
        }
        Account::Close { name } => {
            if !store.close_account(&name, SystemClock::new().now()).await.map_err(Failure::new)? {
                return Err(Failure::new(Error::Unknown(name)));
            }
            print(&format!("{name} may not sign in any more\n"));
        }
        Account::Link { name, issuer, subject } => {
            let now = SystemClock::new().now();
            if !store.link_account(&name, (&issuer, &subject), now).await.map_err(Failure::new)? {
                return Err(Failure::new(Error::NotLinked(name)));
            }
            print(&format!("{name} signs in at {issuer} from now on\n"));
        }
        Account::List => {
            for account in store.list_accounts().await.map_err(Failure::new)? {
                let state = if account.is_open { "" } else { "  closed" };
                print(&format!("{:<40}  {}{state}\n", account.name, account.role.as_str()));
            }
        }
    }
    Ok(())
}

/// One line. A terminal is asked; what is typed there is seen, so a pipe is better.
fn read_password() -> std::io::Result<String> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        let mut told = std::io::stderr();
        told.write_all(b"Password (it is shown as you type; better: pipe it in): ")?;
        told.flush()?;
        let mut line = String::new();
        input.read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let mut text = String::new();
    input.by_ref().take(1 << 12).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
