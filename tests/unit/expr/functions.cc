// The functions beyond the specification's core: extensions by their usual names, and those that flows need.

#include <catch2/catch.hpp>

#include "evaluated.hh"

using namespace flowrun::expr;
using namespace flowrun::expr::test;

namespace {

struct Example {
    const char* text;
    const char* same;  // an expression that must be equal to it
};

void all_equal(const std::vector<Example>& examples) {
    for (const Example& e : examples) {
        INFO(e.text << " gives " << typed(e.text));
        CHECK(typed(e.text) == typed(e.same));
        CHECK_FALSE(fails(typed(e.text)));
    }
}

void all_fail(const std::vector<const char*>& texts) {
    for (const char* text : texts) {
        INFO(text << " gives " << typed(text));
        CHECK(fails(typed(text)));
    }
}

}  // namespace

TEST_CASE("positions in text count characters, not bytes") {
    all_equal({{"'žluť'.size()", "4"},
               {"'žluť'.charAt(3)", "'ť'"},
               {"'žluť'.charAt(4)", "''"},
               {"'žluť'.indexOf('ť')", "3"},
               {"'ažaža'.lastIndexOf('ža')", "3"},
               {"'ažaža'.lastIndexOf('a', 3)", "2"},
               {"'žluťoučký'.substring(1, 4)", "'luť'"},
               {"'ab'.indexOf('', 2)", "2"},
               {"'日本'.reverse()", "'本日'"},
               {"'a,b,,c'.split(',')", "['a', 'b', '', 'c']"},
               {"'žb'.split('')", "['ž', 'b']"},
               {"''.split('')", "dyn([]).map(x, '')"},
               {"'a,b,c'.split(',', 2)", "['a', 'b,c']"},
               {"'aXbXc'.replace('X', '--')", "'a--b--c'"},
               {"'aXbXc'.replace('X', '--', 1)", "'a--bXc'"},
               {"'žb'.replace('', '.')", "'.ž.b.'"},
               {"'ab'.replace('', '.', 1)", "'.ab'"},
               {"['a', 'b'].join(', ')", "'a, b'"},
               {"' x '.trim()", "'x'"},
               {"'   '.trim()", "''"},
               {"'ÀBc'.lowerAscii()", "'Àbc'"},
               {"strings.quote('a\\n\"b')", "'\"a\\\\n\\\\\"b\"'"}});
    all_fail({"'ab'.charAt(3)", "'ab'.charAt(-1)", "'ab'.substring(3)", "'ab'.substring(2, 1)", "'ab'.indexOf('a', 3)",
              "[1].join()"});
}

TEST_CASE("format writes what the specification's strings extension says") {
    all_equal({{"'%s is %d and %.2f'.format(['a', 3, 1.5])", "'a is 3 and 1.50'"},
               {"'%x %X %o %b'.format([255, 255u, 8, -5])", "'ff FF 10 -101'"},
               {"'%e'.format([12345.678])", "'1.234568e+04'"},
               {"'%s'.format([[1, 'a', {'k': null}]])", "'[1, a, {k: null}]'"},
               {"'%s'.format([b'a\\xff\\xfeb'])", "'a\\ufffdb'"},
               {"'%s'.format([1e9])", "'1000000000'"},
               {"'%d'.format([3.5])", "'3.5'"},
               {"'%%'.format([])", "'%'"}});
    all_fail({"'%s'.format([])", "'%'.format([1])", "'%.f'.format([1.0])", "'%.101f'.format([1.0])", "'%q'.format([1])",
              "'%d'.format(['a'])"});
}

TEST_CASE("regular expressions are those of RE2") {
    all_equal({{"'order-17'.matches('^[a-z]+-\\\\d+$')", "true"},
               {"regex.find('order-17 of 20', r'\\d+').orValue('')", "'17'"},
               {"regex.find('order-17', r'order-(\\d+)').orValue('')", "'17'"},
               {"regex.find('none', r'\\d+').hasValue()", "false"},
               {"regex.findAll('a1b22', r'\\d+')", "['1', '22']"},
               {"regex.findAll('ab', 'x*')", "['', '', '']"},
               {"regex.replace('2026-01-31', r'(\\d+)-(\\d+)-(\\d+)', r'\\3.\\2.\\1')", "'31.01.2026'"},
               {"regex.replace('aaa', 'a', 'b', 2)", "'bba'"},
               {"regex.replace('žž', '', '-')", "'-ž-ž-'"},
               {"regex.replace('abc', '$', '!')", "'abc!'"}});
    all_fail(
        {"regex.find('a', '(a)(b)')", "regex.replace('a', 'a', r'\\1')", "'a'.matches(dyn('('))", "'a'.matches('(a')"});
}

TEST_CASE("lists are sorted, cut, flattened and made distinct") {
    all_equal({{"[3, 1, 2].sort()", "[1, 2, 3]"},
               {"['b', 'a'].sort()", "['a', 'b']"},
               {"[2, 1.5, 1u].sort()", "[1u, 1.5, 2]"},
               {"[1, 2, 3, 4].slice(1, 3)", "[2, 3]"},
               {"[1, 2, 3].slice(1)", "[2, 3]"},
               {"[[1, 2], [3, [4]]].flatten()", "[1, 2, 3, [4]]"},
               {"[[1, [2, [3]]]].flatten(2)", "[1, 2, [3]]"},
               {"[1, 2, 1, 2u, 1.0, 'a', 'a'].distinct()", "[1, 2, 'a']"},
               {"[1.0, 1, [1], [1.0], null, null].distinct()", "[1.0, [1], null]"},
               {"[1, 2].reverse()", "[2, 1]"},
               {"lists.range(3)", "[0, 1, 2]"},
               {"[1, 2].first().orValue(0) + [1, 2].last().orValue(0)", "3"},
               {"[].first().hasValue()", "false"},
               {"[optional.of(1), optional.none()].unwrapOpt()", "[1]"}});
    all_fail({"[1, 'a'].sort()", "[[1], [2]].sort()", "[0.0/0.0, 1.0].sort()", "[1].slice(0, 2)", "[1].slice(-1, 1)",
              "lists.range(-1)", "[1].flatten(-1)"});
}

TEST_CASE("aggregates follow the rules of the operators") {
    all_equal({{"[1, 2, 3].sum()", "6"},
               {"sum([1.5, 2])", "3.5"},
               {"[].sum()", "0"},
               {"[duration('1s'), duration('2s')].sum()", "duration('3s')"},
               {"[3, 1, 2].min() + max([3, 1, 2])", "4"},
               {"['b', 'a'].min()", "'a'"},
               {"[1, 2].avg()", "1.5"}});
    all_fail({"[1, 'a'].sum()", "[9223372036854775807, 1].sum()", "[].min()", "[].avg()", "[1, 'a'].max()",
              "[1, 2u].sum()"});
}

TEST_CASE("lists read as sets") {
    all_equal({{"sets.contains([1, 2, 3], [2.0, 3u])", "true"},
               {"sets.contains([1], [2])", "false"},
               {"sets.contains([], [])", "true"},
               {"sets.intersects([1, 2], [2, 5])", "true"},
               {"sets.intersects([1], [])", "false"},
               {"sets.equivalent([1, 2, 2], [2u, 1.0])", "true"},
               {"sets.equivalent([1], [1, 2])", "false"}});
}

TEST_CASE("parts of a URL are decoded, and a query is a map") {
    all_equal({{"url.decode('..%2Fa%20b%3Fc%3D1%26d%23%c3%a9%2F~x-1_.')", "'../a b?c=1&d#é/~x-1_.'"},
               {"url.decode('a+b') + url.decode('')", "'a+b'"},
               {"url.decode(url.encode('50% + 1'))", "'50% + 1'"},
               {"url.query('/a?b=x+y%21&c=1&b=2&&d#e?f')", "{'b': ['x y!', '2'], 'c': '1', 'd': ''}"},
               {"url.query('https://h/p?q=%C3%BC')", "{'q': 'ü'}"},
               {"url.query('a=1&b=2=3')", "{'a': '1', 'b': '2=3'}"},
               {"url.query('/a')", "{}"},
               {"url.query('http://h')", "{}"},
               {"url.query('') == {} && url.query('/a?') == {}", "true"}});
    all_fail({"url.decode('%')", "url.decode('%2')", "url.decode('%zz')", "url.decode('%ff')", "url.query('?a=%f')",
              "url.query('?%ff=1')"});
}

TEST_CASE("text goes to base64, JSON and digests and back") {
    all_equal({{"url.encode('../a b?c=1&d#é/~x-1_.')", "'..%2Fa%20b%3Fc%3D1%26d%23%C3%A9%2F~x-1_.'"},
               {"url.encode(b'\\xff\\x00') + url.encode('')", "'%FF%00'"},
               {"base64.encode(b'\\x00\\xff')", "'AP8='"},
               {"base64.decode('AP8=')", "b'\\x00\\xff'"},
               {"string(base64.decode(base64.encode('ahoj')))", "'ahoj'"},
               {"json('{\"a\":[1,2.5,null,\"ž\"]}').a", "[1, 2.5, null, 'ž']"},
               {"json('18446744073709551615')", "18446744073709551615u"},
               {"toJson({'a': [1, 2.0, null, b'x', duration('1s')]})", "'{\"a\":[1,2.0,null,\"eA==\",\"1s\"]}'"},
               {"{1: true}.toJson()", "'{\"1\":true}'"},
               {"hash.sha256('')", "'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"},
               {"hash.sha256('abc')", "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'"},
               {"hash.sha256('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')",
                "'248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'"},
               {"hash.md5('')", "'d41d8cd98f00b204e9800998ecf8427e'"},
               {"hash.md5(b'message digest')", "'f96b697d7cb7938d525a2f31aaf161d0'"},
               {"hash.md5('12345678901234567890123456789012345678901234567890123456789012345678901234567890')",
                "'57edf4a22be3c955ac49da2e2107b67a'"}});
    all_fail({"base64.decode('a')", "base64.decode('a*==')", "json('{')", "json('{\"a\":1}x')", "toJson(0.0/0.0)"});
    CHECK(typed("json('1e999')") == R"({"number":"1e999"})");
    CHECK(typed("json('{\"a\":1,\"a\":2}').a") == with_int(1));
}

TEST_CASE("now and uuid ask the surroundings, so that a run may be simulated") {
    CHECK(typed("now()") == R"({"timestamp":{"seconds":"1700000000","nanos":500000000}})");
    CHECK(holds("uuid().matches('^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')"));
    CHECK(holds("uuid() != uuid()"));
    const auto program = Program::compile("now()", Scope());
    flowrun::Arena arena;
    CHECK_FALSE(program->evaluate(Frame(), arena));
    CHECK_FALSE(program->constant());
}

TEST_CASE("conversions refuse what they cannot keep") {
    all_equal({{"int('-42')", "-42"},
               {"int('+42')", "42"},
               {"uint('42')", "42u"},
               {"double('1e3')", "1000.0"},
               {"double('-Infinity')", "-1.0/0.0"},
               {"string(1.0)", "'1'"},
               {"string(0.1)", "'0.1'"},
               {"string(1e21)", "'1e+21'"},
               {"string(true)", "'true'"},
               {"string(duration('1h0.5s'))", "'3600.5s'"},
               {"string(duration('-1ms'))", "'-0.001s'"},
               {"int(timestamp('1970-01-01T00:01:00Z'))", "60"},
               {"timestamp(60)", "timestamp('1970-01-01T00:01:00Z')"},
               {"bytes('ž')", "b'\\xc5\\xbe'"},
               {"string(b'\\xc5\\xbe')", "'ž'"}});
    all_fail({"int('')", "int('1.5')", "int(' 1')", "int('+-1')", "uint('-1')", "uint('+1')", "uint(-1)", "uint(-0.5)",
              "int(9.3e18)", "int(0.0/0.0)", "int(18446744073709551615u)", "double('')", "double('1.5x')",
              "double('nan(1)')", "bool('yes')", "string(b'\\xff')", "int('9223372036854775808')"});
}
