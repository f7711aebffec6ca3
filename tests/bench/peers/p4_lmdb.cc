// A durable queue by hand on LMDB: p4_lmdb FOLDER MESSAGES BATCH. A transaction puts a batch in, one takes it out; each is synced.
#include <lmdb.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "p4.hh"

namespace {

using bench::body, bench::die;

void must(int code) {
    if (code != 0) die(mdb_strerror(code));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) die("FOLDER MESSAGES BATCH");
    const auto [messages, batch] = bench::numbers(argv + 2);
    const std::string path = std::string(argv[1]) + "/peer.mdb";
    MDB_env* environment = nullptr;
    must(mdb_env_create(&environment));
    must(mdb_env_set_mapsize(environment, std::size_t{1} << 30));
    must(mdb_env_open(environment, path.c_str(), MDB_NOSUBDIR, 0600));
    MDB_dbi queue = 0;
    MDB_txn* transaction = nullptr;
    must(mdb_txn_begin(environment, nullptr, 0, &transaction));
    must(mdb_dbi_open(transaction, nullptr, MDB_INTEGERKEY | MDB_CREATE, &queue));
    must(mdb_txn_commit(transaction));
    std::uint64_t next = 0, taken = 0;
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        must(mdb_txn_begin(environment, nullptr, 0, &transaction));
        for (long i = 0; i < batch; ++i, ++next) {
            MDB_val key{sizeof next, &next}, value{body.size(), const_cast<char*>(body.data())};
            must(mdb_put(transaction, queue, &key, &value, MDB_APPEND));
        }
        must(mdb_txn_commit(transaction));
        must(mdb_txn_begin(environment, nullptr, 0, &transaction));
        for (long i = 0; i < batch; ++i, ++taken) {
            MDB_val key{sizeof taken, &taken}, value{};
            must(mdb_get(transaction, queue, &key, &value));
            must(mdb_del(transaction, queue, &key, nullptr));
        }
        must(mdb_txn_commit(transaction));
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
    mdb_env_close(environment);
    for (const char* end : {"", "-lock"}) ::unlink((path + end).c_str());
}
