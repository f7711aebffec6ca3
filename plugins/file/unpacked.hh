#pragma once
// A source as it was before it was compressed, or as it is where it was not.

#include <flowrun/component.hh>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "compression.hh"
#include "formats/source.hh"

namespace flowrun::file {

class Unpacked final : public formats::Source {
public:
    Unpacked(Source& from, Compression compression, std::string path)
        : from_(from), compression_(compression), path_(std::move(path)) {}

    Read read(sdk::Call call, char* to, std::size_t room) override;

private:
    static constexpr std::size_t block = std::size_t{256} << 10U;

    Read begin(sdk::Call call, char* to, std::size_t room);
    bool may_be_packed(std::string_view beginning) const;
    void choose(std::string_view beginning);
    Read unpack(sdk::Call call, char* to, std::size_t room);

    Source& from_;
    Compression compression_;
    std::string path_;
    std::unique_ptr<Unpacker> unpacker_;
    bool begun_ = false;
    std::string block_;        // as it was read
    std::string_view packed_;  // what is left of it
};

}  // namespace flowrun::file
