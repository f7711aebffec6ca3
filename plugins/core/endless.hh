#pragma once
// Of sources that may have no end of their own.

#include <flowrun/ext/source.h>
#include <flowrun/component.hh>

namespace flowrun::core {

inline void endless(sdk::Node node) {
    if (const auto* source = node.extension<flowrun_source>(FLOWRUN_SOURCE_ID)) source->endless(node.raw());
}

}  // namespace flowrun::core
