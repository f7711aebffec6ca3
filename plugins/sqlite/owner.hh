#pragma once
// One process owns a store: a lock beside its file, which goes with the process however that ends. SQLite's own locks would
// let two writers take turns, which its version 3.40 does not survive in WAL mode.

#include <string>

namespace flowrun::sqlite {

class Owner {
public:
    explicit Owner(
        const std::string& store);  // throws Trouble: FLOWRUN_E_FAILED where another process has it, and names it
    ~Owner();
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

private:
    int fd_ = -1;
};

}  // namespace flowrun::sqlite
