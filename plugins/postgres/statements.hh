#pragma once
// What a session says to the server; schema.hh says what the tables mean. $1 is the queue; in what changes the account $2 is the
// owner, $3 the batch and $4 the epoch of its connection: a statement of an earlier connection that comes late does nothing.
// What is answered is found by its number alone, the primary key: nobody is its owner any more once its lease is over.

#include "postgres_client/connection.hh"

namespace flowrun::postgres::statements {

extern const Statement push, ack, nack, reject, renew, unlock, notify, due, take, take_by_key, behind, next, asleep;

}  // namespace flowrun::postgres::statements
