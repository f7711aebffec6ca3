// Reads a schedule: fields of lists of ranges with steps, names of months and days, and @hourly and the like.

#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "timetable.hh"

namespace flowrun::core {

namespace {

struct Field {
    const char* name;
    unsigned least, most;
    std::span<const std::string_view> names;  // of the least value and those after it
};

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

constexpr std::array<Field, 6> fields = {{{"second", 0, 59, {}},
                                          {"minute", 0, 59, {}},
                                          {"hour", 0, 23, {}},
                                          {"day of the month", 1, 31, {}},
                                          {"month", 1, 12, months},
                                          {"day of the week", 0, 7, weekdays}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> short_forms = {{{"@yearly", "0 0 1 1 *"},
                                                                                       {"@annually", "0 0 1 1 *"},
                                                                                       {"@monthly", "0 0 1 * *"},
                                                                                       {"@weekly", "0 0 * * 0"},
                                                                                       {"@daily", "0 0 * * *"},
                                                                                       {"@midnight", "0 0 * * *"},
                                                                                       {"@hourly", "0 * * * *"}}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view text, std::string_view name) {
    if (text.size() != name.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (lower(text[i]) != name[i]) return false;
    }
    return true;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, 60)) + "'"; }

}  // namespace

class TimetableReader {
public:
    std::expected<Timetable, Timetable::Problem> read(std::string_view text) {
        std::vector<std::string_view> words = words_of(text);
        if (!words.empty() && words[0].starts_with('@')) {
            const auto form = short_form(words[0]);
            if (form && words.size() > 1)
                fail(quoted(text) + " is no schedule", std::string(words[0]) + " stands alone");
            if (!form || words.size() > 1) return failed();
            words = words_of(*form);
        }
        if (words.size() != 5 && words.size() != 6) {
            fail(quoted(text) + " has " + std::to_string(words.size()) + (words.size() == 1 ? " field" : " fields") +
                     ", not 5 or 6",
                 "write minute, hour, day of the month, month, day of the week, as in \"30 6 * * mon-fri\"; a field "
                 "for seconds may come before them");
            return failed();
        }
        const std::size_t skipped = fields.size() - words.size();
        const std::array<std::uint64_t*, 6> bits = {&out_.seconds_, &out_.minutes_, &out_.hours_,
                                                    &out_.days_,    &out_.months_,  &out_.weekdays_};
        for (std::size_t i = skipped; i < fields.size(); ++i) {
            *bits[i] = 0;
            if (!field(words[i - skipped], fields[i], *bits[i])) return failed();
        }
        if ((out_.weekdays_ & 0x80U) != 0) out_.weekdays_ = (out_.weekdays_ | 1U) & 0x7FU;  // 7 is Sunday too
        const auto any = [&](std::size_t i) { return i >= skipped && words[i - skipped].starts_with('*'); };
        out_.any_day_ = any(3);
        out_.any_weekday_ = any(5);
        out_.runs_on_ = any(0) || any(1) || any(2);
        if (!out_.next(0)) {
            fail(quoted(text) + " never comes", "there is no such day of the month");
            return failed();
        }
        return out_;
    }

private:
    bool fail(std::string message, std::string remedy = {}) {
        problem_ = {std::move(message), std::move(remedy)};
        return false;
    }
    std::unexpected<Timetable::Problem> failed() { return std::unexpected(std::move(problem_)); }

    std::optional<std::string_view> short_form(std::string_view name) {
        std::string known;
        for (const auto& [form, meaning] : short_forms) {
            if (same_letters(name, form)) return meaning;
            (known += known.empty() ? "" : " ") += form;
        }
        if (name == "@reboot") fail("a flow does not start with the machine", "start it from a service at boot");
        else if (name == "@every")
            fail("'@every' is no schedule", "use a ticker: { uses: ticker, with: { every: 5m } }");
        else fail(quoted(name) + " is no schedule", "there are " + known);
        return std::nullopt;
    }

    bool field(std::string_view text, const Field& of, std::uint64_t& bits) {
        for (std::size_t at = 0; at <= text.size();) {
            const std::size_t end = std::min(text.find(',', at), text.size());
            if (!item(text.substr(at, end - at), of, bits)) return false;
            at = end + 1;
        }
        return true;
    }

    bool item(std::string_view text, const Field& of, std::uint64_t& bits) {
        const bool day_of_month = of.most == 31;
        if (day_of_month && same_letters(text, "l")) return out_.last_day_ = true;
        const std::size_t slash = text.find('/');
        const std::string_view range = text.substr(0, slash);
        unsigned first = of.least, last = of.most == 7 ? 6 : of.most, step = 1;
        const std::size_t dash = range.find('-');
        if (range != "*") {
            if (!value(range.substr(0, dash), of, first)) return false;
            last = first;
            if (dash != std::string_view::npos && !value(range.substr(dash + 1), of, last)) return false;
        }
        if (first > last && of.most == 7 && last == 0) last = 7;  // fri-sun
        if (first > last) {
            return fail("the range " + quoted(range) + " of the " + of.name + " runs backwards",
                        "write it as two, such as 22-23,0-5");
        }
        if (slash != std::string_view::npos) {
            if (range != "*" && dash == std::string_view::npos) {
                return fail("the step in " + quoted(text) + " has no range", "write */5 or 10-50/5");
            }
            if (!number(text.substr(slash + 1), step) || step == 0) {
                return fail(quoted(text.substr(slash + 1)) + " is no step, in the " + std::string(of.name));
            }
        }
        for (unsigned i = first; i <= last; i += step) bits |= std::uint64_t{1} << i;
        return true;
    }

    bool value(std::string_view text, const Field& of, unsigned& out) {
        for (std::size_t i = 0; i < of.names.size(); ++i) {
            if (!same_letters(text, of.names[i])) continue;
            out = of.least + static_cast<unsigned>(i);
            return true;
        }
        if (number(text, out) && out >= of.least && out <= of.most) return true;
        return fail(
            quoted(text) + " is no " + of.name,
            std::to_string(of.least) + " to " + std::to_string(of.most) +
                (of.names.empty() ? ""
                                  : ", or " + std::string(of.names.front()) + " to " + std::string(of.names.back())));
    }

    // Far beyond any field's bound and any step's use, and no overflow.
    static bool number(std::string_view text, unsigned& out) {
        if (text.empty() || text.size() > 4) return false;
        out = 0;
        for (const char c : text) {
            if (c < '0' || c > '9') return false;
            out = out * 10 + static_cast<unsigned>(c - '0');
        }
        return true;
    }

    Timetable out_;
    Timetable::Problem problem_;
};

std::expected<Timetable, Timetable::Problem> Timetable::read(std::string_view text) {
    return TimetableReader().read(text);
}

}  // namespace flowrun::core
