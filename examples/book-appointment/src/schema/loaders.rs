//! Loads departments and locations for many fields of one request at once.

use std::collections::HashMap;
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use async_graphql::{Context, Result};

use crate::store::{Department, Location, Store, StoreError};

/// Loads from the database, and remembers for as long as the request lives.
pub(super) type Loaders = DataLoader<Catalogue, HashMapCache>;

/// Reads departments and locations by keys of several kinds.
pub(super) struct Catalogue(Store);

/// Finds the department with this id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DepartmentId(pub(super) String);

/// Finds the location with this id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LocationId(pub(super) String);

/// Finds the locations of the department with this id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LocationsOf(pub(super) String);

/// Finds the departments at the location with this id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DepartmentsAt(pub(super) String);

/// Makes the loaders of one request.
pub(super) fn catalogue(store: Store) -> Loaders {
    DataLoader::with_cache(Catalogue(store), tokio::spawn, HashMapCache::default())
        // The task that loads runs after all fields that are ready have asked.
        .delay(Duration::ZERO)
}

/// Returns the loaders of the request.
pub(super) fn loaders<'a>(context: &Context<'a>) -> Result<&'a Loaders> {
    context.data()
}

impl Loader<DepartmentId> for Catalogue {
    type Value = Department;
    type Error = StoreError;

    async fn load(
        &self,
        keys: &[DepartmentId],
    ) -> Result<HashMap<DepartmentId, Department>, StoreError> {
        let ids: Vec<&str> = keys.iter().map(|key| key.0.as_str()).collect();
        let found = self.0.departments_by_id(&ids).await?;
        Ok(keyed(found, DepartmentId))
    }
}

impl Loader<LocationId> for Catalogue {
    type Value = Location;
    type Error = StoreError;

    async fn load(&self, keys: &[LocationId]) -> Result<HashMap<LocationId, Location>, StoreError> {
        let ids: Vec<&str> = keys.iter().map(|key| key.0.as_str()).collect();
        let found = self.0.locations_by_id(&ids).await?;
        Ok(keyed(found, LocationId))
    }
}

impl Loader<LocationsOf> for Catalogue {
    type Value = Vec<Location>;
    type Error = StoreError;

    async fn load(
        &self,
        keys: &[LocationsOf],
    ) -> Result<HashMap<LocationsOf, Vec<Location>>, StoreError> {
        let ids: Vec<&str> = keys.iter().map(|key| key.0.as_str()).collect();
        let found = self.0.locations_of(&ids).await?;
        Ok(keyed(found, LocationsOf))
    }
}

impl Loader<DepartmentsAt> for Catalogue {
    type Value = Vec<Department>;
    type Error = StoreError;

    async fn load(
        &self,
        keys: &[DepartmentsAt],
    ) -> Result<HashMap<DepartmentsAt, Vec<Department>>, StoreError> {
        let ids: Vec<&str> = keys.iter().map(|key| key.0.as_str()).collect();
        let found = self.0.departments_at(&ids).await?;
        Ok(keyed(found, DepartmentsAt))
    }
}

fn keyed<K: Eq + std::hash::Hash, V>(
    found: HashMap<String, V>,
    key: fn(String) -> K,
) -> HashMap<K, V> {
    found
        .into_iter()
        .map(|(id, value)| (key(id), value))
        .collect()
}
