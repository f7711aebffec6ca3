#pragma once
// How a file is compressed, and with what.

#include <flowrun/component.hh>

#include <memory>
#include <string_view>

#include "formats/packing.hh"

namespace flowrun::file {

enum class Compression { by_file, gzip, zstd, none };  // by_file: as its name or its first bytes say

Compression compression_of(sdk::Value settings);               // of the setting `compress`
Compression compression_of_name(std::string_view path);        // by its end: .gz, .zst
Compression compression_of_bytes(std::string_view beginning);  // by the first four; gzip, zstd or none

using formats::gzip_packer;
using formats::gzip_unpacker;
using formats::Packer;
using formats::Unpacker;
using formats::zstd_packer;
using formats::zstd_unpacker;

// What the name of a file that is so compressed ends in.
constexpr std::string_view end_of(Compression compression) {
    if (compression == Compression::gzip) return ".gz";
    return compression == Compression::zstd ? ".zst" : "";
}
// Null for none. `level` 0: the usual one.
std::unique_ptr<Packer> packer(Compression compression, int level);

}  // namespace flowrun::file
