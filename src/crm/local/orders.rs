//! Orders and the money that came and went for them.
//!
//! Invariant: what an order says was paid and given back is the sum of its transactions: both change in one step.
//! Invariant: what a provider calls a transaction by is there once, by a unique constraint.

use super::contacts::by_id;
use super::places::currency;
use super::records::{self, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, get, instant, instant_of, json, json_of, parsed, parsed_option, word, word_of};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Kind, Order, OrderStatus, Page, Transaction, TransactionKind, total_of};
use crate::crm::operation::{CreateOrder, GetOrder, ListOrders, ListTransactions, RecordTransaction};
use crate::id::{OrderId, TransactionId};

impl Record for Order {
    const KIND: Kind = Kind::Order;
    const TABLE: &'static str = "orders";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("contact_id", self.contact.map(|contact| contact.to_string()).into()),
            ("currency", self.currency.code().into()),
            ("items", json(&self.items)?.into()),
            ("total_minor", self.total_minor.into()),
            ("paid_minor", self.paid_minor.into()),
            ("refunded_minor", self.refunded_minor.into()),
            ("status", word(&self.status)?.into()),
            ("notes", self.notes.as_str().into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            contact: parsed_option(row, "contact_id")?,
            currency: parsed(row, "currency")?,
            items: json_of(row, "items")?,
            total_minor: get(row, "total_minor")?,
            paid_minor: get(row, "paid_minor")?,
            refunded_minor: get(row, "refunded_minor")?,
            status: word_of(row, "status")?,
            notes: get(row, "notes")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Record for Transaction {
    const KIND: Kind = Kind::Transaction;
    const TABLE: &'static str = "transactions";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("order_id", self.order.to_string().into()),
            ("contact_id", self.contact.map(|contact| contact.to_string()).into()),
            ("kind", word(&self.kind)?.into()),
            ("amount_minor", self.amount_minor.into()),
            ("currency", self.currency.code().into()),
            ("provider", self.provider.as_str().into()),
            ("reference", self.reference.clone().into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            order: parsed(row, "order_id")?,
            contact: parsed_option(row, "contact_id")?,
            kind: word_of(row, "kind")?,
            amount_minor: get(row, "amount_minor")?,
            currency: parsed(row, "currency")?,
            provider: get(row, "provider")?,
            reference: get(row, "reference")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for CreateOrder {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Order, Error> {
        if let Some(contact) = self.contact {
            by_id(within.connection, within.business, contact).await?;
        }
        let currency = match self.currency {
            Some(currency) => currency,
            None => currency(within.connection, within.business).await?,
        };
        let total_minor = total_of(&self.items).ok_or(Error::Invalid(Reason::ItemsNoAmount))?;
        let order = Order {
            id: OrderId::fresh(),
            business: within.business,
            contact: self.contact,
            currency,
            items: self.items.clone(),
            total_minor,
            paid_minor: 0,
            refunded_minor: 0,
            status: OrderStatus::of(total_minor, 0, 0),
            notes: self.notes.clone(),
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(order).await
    }
}

impl Perform for GetOrder {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Order, Error> {
        within.load(self.order).await
    }
}

impl Perform for ListOrders {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Order>, Error> {
        let mut list = within.list::<Order>();
        if let Some(contact) = self.contact {
            let contact = by_id(within.connection, within.business, contact).await?;
            list.say(" AND contact_id = ").bind(contact.id.to_string());
        }
        if let Some(status) = &self.status {
            list.say(" AND status = ").bind(word(status)?);
        }
        for (words, at) in [(" AND created_at >= ", self.created_from), (" AND created_at < ", self.created_before)] {
            if let Some(at) = at {
                list.say(words).bind(instant(at));
            }
        }
        within.page(list, records::Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for RecordTransaction {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Transaction, Error> {
        let order: Order = within.load(self.order).await?;
        if self.currency.is_some_and(|currency| currency != order.currency) {
            return Err(Error::Invalid(Reason::OtherCurrency { currency: order.currency.to_string() }));
        }
        if let Some(first) = self.recorded(within).await? {
            return Ok(first);
        }
        let mut settled = order.clone();
        let left = order.paid_minor - order.refunded_minor;
        match self.kind {
            TransactionKind::Payment => {
                let most = order.total_minor - left;
                if self.amount_minor > most {
                    return Err(Error::Invalid(Reason::MoreThanOwed { most, given: self.amount_minor }));
                }
                settled.paid_minor += self.amount_minor;
            }
            TransactionKind::Refund => {
                if self.amount_minor > left {
                    return Err(Error::Invalid(Reason::MoreThanPaid { most: left, given: self.amount_minor }));
                }
                settled.refunded_minor += self.amount_minor;
            }
        }
        settled.status = OrderStatus::of(settled.total_minor, settled.paid_minor, settled.refunded_minor);
        let transaction = Transaction {
            id: TransactionId::fresh(),
            business: within.business,
            order: order.id,
            contact: order.contact,
            kind: self.kind,
            amount_minor: self.amount_minor,
            currency: order.currency,
            provider: self.provider.clone(),
            reference: self.reference.clone(),
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        let transaction = within.insert(transaction).await?;
        within.update(&order, settled).await?;
        Ok(transaction)
    }
}

impl RecordTransaction {
    /// The same as it was recorded before; under this reference there can be no other.
    async fn recorded(&self, within: &mut Within<'_>) -> Result<Option<Transaction>, Error> {
        let Some(reference) = &self.reference else { return Ok(None) };
        let mut list = within.list::<Transaction>();
        list.say(" AND provider = ").bind(self.provider.as_str()).say(" AND reference = ").bind(reference.as_str());
        let rows = list.fetch_all(within.connection).await?;
        let Some(first) = rows.first().map(Transaction::of).transpose()? else { return Ok(None) };
        if (first.order, first.kind, first.amount_minor) == (self.order, self.kind, self.amount_minor) {
            return Ok(Some(first));
        }
        Err(Error::Invalid(Reason::ReferenceTaken { provider: self.provider.clone() }))
    }
}

impl Perform for ListTransactions {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Transaction>, Error> {
        let mut list = within.list::<Transaction>();
        if let Some(order) = self.order {
            let order: Order = within.load(order).await?;
            list.say(" AND order_id = ").bind(order.id.to_string());
        }
        if let Some(contact) = self.contact {
            let contact = by_id(within.connection, within.business, contact).await?;
            list.say(" AND contact_id = ").bind(contact.id.to_string());
        }
        if let Some(kind) = &self.kind {
            list.say(" AND kind = ").bind(word(kind)?);
        }
        for (words, at) in [(" AND created_at >= ", self.created_from), (" AND created_at < ", self.created_before)] {
            if let Some(at) = at {
                list.say(words).bind(instant(at));
            }
        }
        within.page(list, records::Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}
