#include "compression.hh"

namespace flowrun::file {

Compression compression_of(sdk::Value settings) {
    const std::string_view name = settings["compress"].string().value_or("auto");
    if (name == "gzip") return Compression::gzip;
    if (name == "zstd") return Compression::zstd;
    return name == "none" ? Compression::none : Compression::by_file;
}

Compression compression_of_name(std::string_view path) {
    if (path.ends_with(".gz")) return Compression::gzip;
    return path.ends_with(".zst") ? Compression::zstd : Compression::none;
}

Compression compression_of_bytes(std::string_view beginning) {
    if (beginning.starts_with("\x1f\x8b\x08")) return Compression::gzip;
    return beginning.starts_with("\x28\xb5\x2f\xfd") ? Compression::zstd : Compression::none;
}

std::unique_ptr<Packer> packer(Compression compression, int level) {
    switch (compression) {
        case Compression::gzip: return gzip_packer(level);
        case Compression::zstd: return zstd_packer(level);
        default: return nullptr;
    }
}

}  // namespace flowrun::file
