#pragma once
// Room in the log of writes, made before it is needed: a sync that makes the file longer takes about twice as long as one that does not,
// and a log is as long as it will be only after a thousand commits. What is written ahead are zeros, which SQLite takes for
// the end of the log.
//
// For the one thread that writes the log, between two commits. Not promised: that there is room; then the log grows as it would.

#include <cstdint>
#include <string>
#include <utility>

namespace flowrun::sqlite {

class LogRoom {
public:
    LogRoom(std::string log, std::int64_t page_size) : log_(std::move(log)), frame_(page_size + 24) {}
    ~LogRoom();
    LogRoom(const LogRoom&) = delete;
    LogRoom& operator=(const LogRoom&) = delete;

    void make(int frames);  // so many are in the log

private:
    const std::string log_;
    const std::int64_t frame_;
    std::int64_t size_ = 0;  // of the file, as far as is known here
    int fd_ = -1;
};

}  // namespace flowrun::sqlite
