#pragma once
// One process owns a store: a lock on its file and one beside it, which go with the process however that ends. SQLite's own locks
// would let two writers take turns, which its version 3.40 does not survive in WAL mode.
//
// The one beside it names the process, and holds where the store is replaced; the one on the file holds where somebody has
// removed the one beside it.

#include <cstdint>
#include <string>
#include <utility>

namespace flowrun::sqlite {

class Owner {
public:
    // Makes the store's file, mode 0600, where there is none. Throws Trouble: FLOWRUN_E_FAILED where another process has it,
    // and names it. It must outlive every connection of this process to the store: closing it drops their locks.
    explicit Owner(const std::string& store);
    ~Owner();
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

private:
    void lock_beside(const std::string& store);
    void lock_store(const std::string& store);

    int beside_ = -1, store_ = -1;
    std::pair<std::uint64_t, std::uint64_t> inode_{};  // of the store: known in this process
};

}  // namespace flowrun::sqlite
