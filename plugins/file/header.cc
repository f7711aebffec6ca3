#include "header.hh"

#include <unistd.h>

#include <memory>
#include <string_view>

#include "compression.hh"
#include "formats/framing.hh"

namespace flowrun::file {
namespace {

constexpr std::size_t longest = std::size_t{1} << 20U;
constexpr std::size_t block = std::size_t{64} << 10U;

// The next bytes of the file as they were before they were compressed; nothing: its end.
class Beginning {
public:
    Beginning(int fd, bool packed) : fd_(fd), packed_(packed) {}

    bool more(std::string& text) {
        const std::size_t before = text.size();
        while (text.size() == before) {
            if (left_.empty()) {
                const ssize_t got = ::read(fd_, block_, sizeof block_);
                if (got <= 0) return false;
                left_ = {block_, static_cast<std::size_t>(got)};
            }
            take(text);
        }
        return true;
    }

private:
    void take(std::string& text) {
        if (packed_ && !unpacker_) {
            const Compression compression = compression_of_bytes(left_);
            if (compression == Compression::gzip) unpacker_ = gzip_unpacker();
            if (compression == Compression::zstd) unpacker_ = zstd_unpacker();
        }
        if (!unpacker_) {
            text.append(left_);
            left_ = {};
            return;
        }
        const std::size_t before = text.size();
        text.resize(before + block);
        text.resize(before + unpacker_->unpack(left_, text.data() + before, block));
    }

    int fd_;
    bool packed_;
    std::unique_ptr<Unpacker> unpacker_;
    char block_[block];
    std::string_view left_;
};

}  // namespace

std::vector<std::string> columns_of(int fd, const formats::CsvShape& shape, bool packed) {
    const auto beginning = std::make_unique<Beginning>(fd, packed);
    const auto framing = formats::csv_framing(shape.delimiter, shape.skip, shape.comment);
    std::string text;
    for (bool more = true; more && text.size() < longest;) {
        try {
            more = beginning->more(text);
        } catch (const sdk::Failure&) { return {}; }
        formats::Cut cut = framing->cut(text, !more);
        while (cut.what == formats::Cut::none && cut.next > 0) {
            text.erase(0, cut.next);
            cut = framing->cut(text, !more);
        }
        if (cut.what != formats::Cut::record) continue;
        std::string_view row = std::string_view(text).substr(cut.begin, cut.end - cut.begin);
        if (row.starts_with("\xEF\xBB\xBF")) row.remove_prefix(3);
        formats::CsvRow fields;
        std::size_t offset = 0;
        if (fields.parse(row, shape.delimiter, offset) != nullptr) return {};
        std::vector<std::string> columns;
        for (const auto& field : fields.fields()) columns.emplace_back(field.text);
        return columns;
    }
    return {};
}

}  // namespace flowrun::file
