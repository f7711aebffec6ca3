// A durable queue by hand on PostgreSQL, over its Unix socket: p4_postgres SOCKET-FOLDER MESSAGES BATCH. A statement puts a batch in,
// one takes it out as several consumers would; each is a transaction of its own, with synchronous_commit on. With a fourth argument it
// is at least once: a statement leases the batch, and another removes it when it was dealt with.
#include <libpq-fe.h>

#include <string>

#include "p4.hh"

namespace {

using bench::body, bench::die;

void must(PGconn* connection, PGresult* result, long rows) {
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) die(PQerrorMessage(connection));
    if (rows >= 0 && PQntuples(result) != rows) die("not all came back");
    PQclear(result);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4 && argc != 5) die("SOCKET-FOLDER MESSAGES BATCH [leased]");
    const bool leased = argc == 5;
    const auto [messages, batch] = bench::numbers(argv + 2);
    PGconn* const connection = PQconnectdb((std::string("dbname=postgres user=postgres host=") + argv[1]).c_str());
    if (PQstatus(connection) != CONNECTION_OK) die(PQerrorMessage(connection));
    const auto run = [&](const char* sql) { must(connection, PQexec(connection, sql), -1); };
    run("SET client_min_messages = warning");
    run("SET synchronous_commit = on");
    run("DROP TABLE IF EXISTS q");
    run("CREATE TABLE q(seq bigserial PRIMARY KEY, until timestamptz, body text NOT NULL)");
    must(connection, PQprepare(connection, "put", "INSERT INTO q(body) SELECT unnest($1::text[])", 1, nullptr), -1);
    must(
        connection,
        PQprepare(connection, "take",
                  "DELETE FROM q WHERE seq IN (SELECT seq FROM q ORDER BY seq LIMIT $1::bigint FOR UPDATE SKIP LOCKED) "
                  "RETURNING body",
                  1, nullptr),
        -1);
    must(connection,
         PQprepare(connection, "lease",
                   "UPDATE q SET until = now() + interval '30 s' WHERE seq IN (SELECT seq FROM q WHERE until IS NULL "
                   "OR until < "
                   "now() ORDER BY seq LIMIT $1::bigint FOR UPDATE SKIP LOCKED) RETURNING seq, body",
                   1, nullptr),
         -1);
    must(connection, PQprepare(connection, "remove", "DELETE FROM q WHERE seq = ANY ($1::bigint[])", 1, nullptr), -1);
    std::string quoted;
    for (const char c : body) {
        if (c == '"') quoted += '\\';
        quoted += c;
    }
    std::string bodies = "{";
    for (long i = 0; i < batch; ++i) bodies += (i == 0 ? "\"" : ",\"") + quoted + "\"";
    bodies += "}";
    const char* const put[] = {bodies.c_str()};
    const char* const take[] = {argv[3]};
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        must(connection, PQexecPrepared(connection, "put", 1, put, nullptr, nullptr, 0), -1);
        if (!leased) {
            must(connection, PQexecPrepared(connection, "take", 1, take, nullptr, nullptr, 0), batch);
            continue;
        }
        PGresult* const taken = PQexecPrepared(connection, "lease", 1, take, nullptr, nullptr, 0);
        std::string numbers = "{";
        for (int i = 0; i < PQntuples(taken); ++i)
            numbers += (i == 0 ? "" : ",") + std::string(PQgetvalue(taken, i, 0));
        numbers += "}";
        must(connection, taken, batch);
        const char* const remove[] = {numbers.c_str()};
        must(connection, PQexecPrepared(connection, "remove", 1, remove, nullptr, nullptr, 0), -1);
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
    run("DROP TABLE q");
    PQfinish(connection);
}
