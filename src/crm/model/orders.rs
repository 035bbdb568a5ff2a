//! What was sold, and the money that came and went for it.
//!
//! Invariant: an order's total is the sum of its items, and what was paid less what was given back lies between nothing
//! and that total.

use super::{AMOUNT_MAX, Currency, NAME_MAX};
use crate::id::{BusinessId, ContactId, OrderId, TransactionId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// To whom, when known.
    pub contact: Option<ContactId>,
    /// What the amounts are in.
    pub currency: Currency,
    /// What it consists of; at least one item.
    pub items: Vec<OrderItem>,
    /// What is to be paid, in minor units (cents).
    pub total_minor: i64,
    /// What was paid so far.
    pub paid_minor: i64,
    /// What of that was given back.
    pub refunded_minor: i64,
    /// Where the money stands.
    pub status: OrderStatus,
    /// Free words.
    pub notes: String,
    /// Counts the changes.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderItem {
    /// What.
    #[schemars(length(min = 1, max = NAME_MAX))]
    pub name: String,
    /// How many.
    #[schemars(range(min = 1))]
    pub quantity: u32,
    /// What one costs, in minor units; less than nothing is a discount.
    #[schemars(range(min = -AMOUNT_MAX, max = AMOUNT_MAX))]
    pub unit_minor: i64,
}

/// Where the money of an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrderStatus {
    /// Nothing was paid.
    Unpaid,
    /// A part was paid, or a part of what was paid was given back.
    PartlyPaid,
    /// All of it was paid.
    Paid,
    /// What was paid was given back.
    Refunded,
}

impl OrderItem {
    /// What the line costs; none when that is no amount.
    pub fn amount(&self) -> Option<i64> {
        self.unit_minor.checked_mul(i64::from(self.quantity)).filter(|amount| amount.abs() <= AMOUNT_MAX)
    }
}

/// What items cost together; none when that is no amount, or less than nothing.
pub fn total_of(items: &[OrderItem]) -> Option<i64> {
    let sum = items.iter().try_fold(0_i64, |sum, item| sum.checked_add(item.amount()?))?;
    (0..=AMOUNT_MAX).contains(&sum).then_some(sum)
}

impl OrderStatus {
    /// Where it stands by its amounts. An order of nothing is paid.
    pub fn of(total_minor: i64, paid_minor: i64, refunded_minor: i64) -> Self {
        let left = paid_minor - refunded_minor;
        if left >= total_minor {
            Self::Paid
        } else if left > 0 {
            Self::PartlyPaid
        } else if refunded_minor > 0 {
            Self::Refunded
        } else {
            Self::Unpaid
        }
    }
}

/// Money that came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Transaction {
    /// Its id.
    pub id: TransactionId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// For which order.
    pub order: OrderId,
    /// Whose order that is, when known.
    pub contact: Option<ContactId>,
    /// Which way it went.
    pub kind: TransactionKind,
    /// How much, in minor units; more than nothing.
    pub amount_minor: i64,
    /// What that is in: the order's currency.
    pub currency: Currency,
    /// By which way: `cash`, `card`, `stripe`.
    pub provider: String,
    /// What the provider calls it; unique for the provider.
    pub reference: Option<String>,
    /// Counts the changes.
    pub version: u64,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TransactionKind {
    /// To the business.
    Payment,
    /// Back.
    Refund,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(quantity: u32, unit_minor: i64) -> OrderItem {
        OrderItem { name: "thing".to_owned(), quantity, unit_minor }
    }

    proptest! {
        #[test]
        fn a_total_is_the_exact_sum_or_none(lines in prop::collection::vec((any::<u32>(), any::<i64>()), 0..20)) {
            let items: Vec<_> = lines.iter().map(|(quantity, unit)| item(*quantity, *unit)).collect();
            let exact = lines.iter().map(|(quantity, unit)| i128::from(*quantity) * i128::from(*unit)).sum::<i128>();
            if let Some(total) = total_of(&items) {
                prop_assert_eq!(i128::from(total), exact);
                prop_assert!((0..=AMOUNT_MAX).contains(&total));
            }
        }

        #[test]
        fn amounts_within_reason_have_a_total(lines in prop::collection::vec((1_u32..1_000, 0_i64..10_000_000), 1..50)) {
            let items: Vec<_> = lines.iter().map(|(quantity, unit)| item(*quantity, *unit)).collect();
            let sum: i64 = lines.iter().map(|(quantity, unit)| i64::from(*quantity) * unit).sum();
            prop_assert_eq!(total_of(&items), Some(sum));
        }

        #[test]
        fn what_is_owed_says_where_an_order_stands(total in 1_i64..1_000, paid in 0_i64..1_000, refunded in 0_i64..1_000) {
            let (paid, refunded) = (paid.min(total), refunded.min(paid).min(total));
            let status = OrderStatus::of(total, paid, refunded);
            prop_assert_eq!(status == OrderStatus::Paid, paid - refunded == total);
            prop_assert_eq!(status == OrderStatus::PartlyPaid, 0 < paid - refunded && paid - refunded < total);
            prop_assert_eq!(status == OrderStatus::Unpaid, paid == 0);
            prop_assert_eq!(status == OrderStatus::Refunded, paid > 0 && paid == refunded);
        }
    }

    #[test]
    fn a_discount_lowers_the_total_but_not_below_nothing() {
        assert_eq!(total_of(&[item(2, 500), item(1, -300)]), Some(700));
        assert_eq!(total_of(&[item(1, 500), item(1, -501)]), None);
        assert_eq!(OrderStatus::of(0, 0, 0), OrderStatus::Paid);
    }
}
