//! A mapper plugin that admits or refuses people by the domain of their email
//! address, and splits the address. Its page is docs/plugins/email-domain.md.

#![forbid(unsafe_code)]

mod address;
mod config;
mod domain;
mod punycode;

use address::Address;
use config::Config;
use doorward::{Input, Level, Output, Value};
use parts::Kept;

doorward::map!(email_domain);

thread_local! {
    static CONFIG: Kept<Config> = const { Kept::new() };
}

fn email_domain(input: &Input) -> Result<Output, String> {
    let config = CONFIG.with(|kept| kept.read(input, Config::parse))?;
    let address = match address(input, &config) {
        Ok(address) => address,
        Err(problem) if config.restricts() && !config.admit_without => {
            return Ok(Output::deny(problem))
        }
        Err(problem) => {
            input.log(Level::Info, problem);
            return Ok(Output::default());
        }
    };
    if config
        .deny
        .iter()
        .any(|pattern| pattern.matches(&address.domain))
    {
        return Ok(Output::deny(
            "the domain of the email address is on the deny list",
        ));
    }
    if !config.allow.is_empty()
        && !config
            .allow
            .iter()
            .any(|pattern| pattern.matches(&address.domain))
    {
        return Ok(Output::deny(
            "the domain of the email address is not on the allow list",
        ));
    }
    Ok(split(&config, &address))
}

/// The address of the first source that has one, or why there is none to go
/// by. A source with an address that is not verified is passed over.
fn address(input: &Input, config: &Config) -> Result<Address, &'static str> {
    let mut problem = "there is no email address";
    for source in &config.sources {
        let text = match input
            .source(source, "/email")
            .and_then(|email| email.text())
        {
            Some(text) if !text.is_empty() => text,
            _ => continue,
        };
        let verified = input
            .source(source, "/email_verified")
            .and_then(|verified| verified.bool());
        if config.verified_only && verified != Some(true) {
            problem = "the email address is not verified";
            continue;
        }
        return Address::parse(&text).ok_or("the email address has no plain form, name@domain");
    }
    Err(problem)
}

fn split(config: &Config, address: &Address) -> Output {
    let mut output = Output::default();
    for (name, part) in [
        (&config.local_attribute, &address.local),
        (&config.domain_attribute, &address.domain),
    ] {
        if !name.is_empty() {
            output
                .set
                .attributes
                .insert(name.clone(), Value::from(part.as_str()));
        }
    }
    output
}

#[cfg(test)]
mod tests;
