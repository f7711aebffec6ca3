#pragma once
// Reads and checks a text in one go, and shows what was told as short lines: "3:5 error: text | remedy".

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "flow/check.hh"
#include "table_catalog.hh"

namespace flowrun::flow {

struct Told {
    explicit Told(std::string text, Arguments arguments = {}, CheckOptions options = {}, std::string name = "flow.yaml")
        : source(std::make_unique<Source>(std::move(name), std::move(text))) {
        if (!options.environment) {
            options.environment = [](const std::string& variable) -> std::optional<std::string> {
                if (variable == "USER") return "ada";
                if (variable == "DSN") return "pg://secret";
                return {};
            };
        }
        checked = check(read(*source), *source, catalog, arguments, options);
    }

    std::vector<std::string> lines() const {
        std::vector<std::string> out;
        for (const Issue& issue : checked.issues.all()) {
            std::string line = fmt::format("{}:{} {}: {}", issue.place.line, issue.place.column,
                                           issue.severity == Severity::error ? "error" : "warning", issue.message);
            if (!issue.remedy.empty()) line += " | " + issue.remedy;
            out.push_back(line);
        }
        return out;
    }

    std::string all() const { return fmt::format("{}", fmt::join(lines(), "\n")); }

    TableCatalog catalog;
    std::unique_ptr<Source> source;
    Checked checked;
};

}  // namespace flowrun::flow
