//! Accounts that businesses have of their own: sealed, for their row, with keys that are changed.

use super::contacts::elsewhere;
use super::*;
use crate::accounts::{Caller, CarrierAccount, CredentialBook, SealedAccount, Service, TwilioAccount, Vault};
use crate::seal::Keyring;

const ONE: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER: &str = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";

fn vault(house: &House, keys: &str) -> Vault {
    let keyring = Keyring::parse(keys).expect("keys");
    Vault::new(Arc::new(house.embedded.clone()), Arc::new(keyring))
}

fn account() -> TwilioAccount {
    TwilioAccount { account_sid: format!("AC{}", "0".repeat(32)), auth_token: "secret".to_owned() }
}

#[tokio::test]
async fn keys_are_changed_while_everything_opens() {
    let house = House::open().await;
    let business = house.business.id;
    let old = vault(&house, ONE);
    let given = CarrierAccount::Twilio(account());
    old.set(&Caller::owner(), Source::Api, business, given).await.expect("set");
    let without = vault(&house, OTHER);
    let missing = without.check().await.expect_err("the key is missing").to_string();
    assert!(missing.contains("ENCRYPTION_KEY") && missing.contains(Keyring::parse(ONE).expect("a key").current()));
    let both = vault(&house, &format!("{OTHER},{ONE}"));
    both.check().await.expect("all open");
    assert_eq!(both.rotate().await, Ok(1));
    assert_eq!(both.rotate().await, Ok(0));
    without.check().await.expect("the old key is not needed");
    assert_eq!(without.twilio(business).await, Ok(Some(account())));
    assert!(old.twilio(business).await.is_err());
}

#[tokio::test]
async fn what_is_sealed_for_one_business_does_not_open_for_another() {
    let house = House::open().await;
    let (vault, hand) = (vault(&house, ONE), Caller::owner().hand(Source::Api));
    let given = CarrierAccount::Twilio(account());
    vault.set(&Caller::owner(), Source::Api, house.business.id, given).await.expect("set");
    let sealed = house.embedded.sealed_account(house.business.id, Service::Twilio).await.expect("read");
    let house = elsewhere(house).await;
    let second = house.business.id;
    let moved = SealedAccount { business: second, service: Service::Twilio, sealed: sealed.expect("kept") };
    house.embedded.keep_account(&moved, "AC", hand).await.expect("kept");
    assert!(vault.twilio(second).await.is_err());
    assert_eq!(vault.mail(second).await, Ok(None));
}
