#pragma once
// Paths as they are given: a path, or a pattern with * ? [a-z].

#include <string>
#include <vector>

namespace flowrun::file {

class Pattern {
public:
    explicit Pattern(std::string text) : text_(std::move(text)) {}

    const std::string& text() const { return text_; }
    // A path stands for itself, whether it is there or not; a pattern for what it matches, in the order of their bytes.
    // Names that begin with a dot are matched by a dot only. A pattern that is the name of a file is that file too.
    std::vector<std::string> paths() const;
    // The folder in which names that match come and go; of a pattern over folders the last that is no pattern.
    std::string folder() const;

private:
    bool is_plain() const;

    std::string text_;
};

}  // namespace flowrun::file
