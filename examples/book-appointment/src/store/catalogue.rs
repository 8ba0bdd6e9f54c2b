//! Departments and locations.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, FromRow};

use super::{Department, Location, Store, StoreError};

/// Something found by the id of something else.
#[derive(FromRow)]
struct Found<T> {
    found_by: String,
    #[sqlx(flatten)]
    value: T,
}

impl Store {
    /// Lists all departments, in the order of the business.
    pub(crate) async fn departments(&self) -> Result<Vec<Department>, StoreError> {
        let rows = sqlx::query_as("SELECT id, name FROM department ORDER BY position");
        Ok(rows.fetch_all(&self.0).await?)
    }

    /// Lists all locations, in the order of the business.
    pub(crate) async fn locations(&self) -> Result<Vec<Location>, StoreError> {
        let rows = sqlx::query_as("SELECT id, name FROM location ORDER BY position");
        Ok(rows.fetch_all(&self.0).await?)
    }

    /// Finds departments by their ids.
    pub(crate) async fn departments_by_id(
        &self,
        ids: &[&str],
    ) -> Result<HashMap<String, Department>, StoreError> {
        let rows = self.found(
            "SELECT id AS found_by, id, name FROM department WHERE id IN",
            "",
            ids,
        );
        Ok(one_each(rows.await?))
    }

    /// Finds locations by their ids.
    pub(crate) async fn locations_by_id(
        &self,
        ids: &[&str],
    ) -> Result<HashMap<String, Location>, StoreError> {
        let rows = self.found(
            "SELECT id AS found_by, id, name FROM location WHERE id IN",
            "",
            ids,
        );
        Ok(one_each(rows.await?))
    }

    /// Lists where departments are.
    pub(crate) async fn locations_of(
        &self,
        departments: &[&str],
    ) -> Result<HashMap<String, Vec<Location>>, StoreError> {
        let rows = self.found(
            "SELECT department AS found_by, id, name FROM location \
             JOIN department_location ON location = id WHERE department IN",
            "ORDER BY position",
            departments,
        );
        Ok(many_each(rows.await?))
    }

    /// Lists which departments are at locations.
    pub(crate) async fn departments_at(
        &self,
        locations: &[&str],
    ) -> Result<HashMap<String, Vec<Department>>, StoreError> {
        let rows = self.found(
            "SELECT location AS found_by, id, name FROM department \
             JOIN department_location ON department = id WHERE location IN",
            "ORDER BY position",
            locations,
        );
        Ok(many_each(rows.await?))
    }

    /// Runs a statement that ends in a list of bound ids and an order.
    async fn found<T>(
        &self,
        select: &'static str,
        order: &'static str,
        ids: &[&str],
    ) -> Result<Vec<Found<T>>, StoreError>
    where
        T: for<'r> FromRow<'r, AnyRow> + Send + Unpin,
    {
        let parameters: Vec<String> = (1..=ids.len()).map(|number| format!("${number}")).collect();
        // Safe: made of the constants above and the numbers of parameters.
        let statement = AssertSqlSafe(format!("{select} ({}) {order}", parameters.join(", ")));
        let query = ids
            .iter()
            .fold(sqlx::query_as(statement), |query, id| query.bind(*id));
        Ok(query.fetch_all(&self.0).await?)
    }
}

fn one_each<T>(rows: Vec<Found<T>>) -> HashMap<String, T> {
    rows.into_iter()
        .map(|row| (row.found_by, row.value))
        .collect()
}

fn many_each<T>(rows: Vec<Found<T>>) -> HashMap<String, Vec<T>> {
    let mut each: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows {
        each.entry(row.found_by).or_default().push(row.value);
    }
    each
}
