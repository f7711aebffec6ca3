#pragma once
// Whether the files of a store are still those that were opened: SQLite would go on writing into what nobody finds again.

#include <cstdint>
#include <string>
#include <utility>

namespace flowrun::sqlite {

class Whereabouts {
public:
    explicit Whereabouts(const std::string& store);
    bool changed() const;

private:
    using Inode = std::pair<std::uint64_t, std::uint64_t>;  // device and number; zero: there is none
    static Inode at(const std::string& path);

    std::string store_, log_;
    Inode store_inode_, log_inode_;
};

}  // namespace flowrun::sqlite
