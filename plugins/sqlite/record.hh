#pragma once
// What a row holds of an item besides its place and its due time: one run of bytes.
//
// 8 bytes of a sum, over what follows and over place and due time; then numbers of 7 bits a byte, the lowest first, those
// that may be negative as 2n or -2n - 1: format, attempts, time, accepted less time, index, total, and the sizes of id, key,
// traceparent and error; then these four, and the body. Numbers are little endian on every machine.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <flowrun/cxx/queue.hh>

#include "sum.hh"

namespace flowrun::sqlite {

using sdk::text_of;
using sdk::view_of;

// SQLite's own bound on a row, with room for what else is in it.
inline constexpr std::size_t most_bytes_of_record = 999'000'000;

// Its sum is not in it yet.
std::string write_record(const flowrun_queue_item& item);
Sum sum_of(std::string_view record);
void put_sum(std::string& record, Sum sum, std::int64_t seq, std::int64_t due);

bool sum_fits(std::string_view record, std::int64_t seq, std::int64_t due);
// False: it is none, whatever its sum says. What it fills borrows the record; due and number are not in it.
bool read_record(std::string_view record, flowrun_queue_item& item);

}  // namespace flowrun::sqlite
