//! What nobody may forget of every route. That every problem code is provoked by somebody is for
//! `http::tests::codes`, which can make databases and ledgers fail in every way.

mod routes;
