/** Scalars and small collections that programs read differently. kubectl takes all of them. @module */

const NUMBERS =
  `0 -0 +0 00 007 010 0o10 0O17 0o8 08 09 0777 0888 -010 +010 -0o17 +0o17 0x1F 0X1F 0x1f -0x10 +0x10 0x 0xG
0x_1 0b101 0B101 0b2 0b -0b11 0b1_0 1_000 1_ _1 0_1 1__0 -_1 +5 -5 5. .5 -.5 +.5 . + +. .5_0 0.0 -0.0 1.0 1000.0 7.50 1e3
1E3 1e+3 1e-3 1.5e3 1.5e+3 1.5E-3 1e03 1.e3 .1e1 -.5e-3 1_0e+1_0 1_000.5 1e400 1.0e+400 1e 1e+ 1ee3 e3 0e0 1,000 1.2.3
0x1.8p1 9007199254740993 12345678901234567890 123456789012345678901234567890 -9223372036854775809 1.7976931348623157e+308
Infinity NaN inf +inf nan .INFx 1:30 190:20:30 1:30.5 12:30:45 2001-12-14 2001-12-14t21:59:43.10-05:00 10.0.0.1 1-2 --1
++1 1- 1+ 0- 0.`.split(/\s+/);

const WORDS =
  `y Y yes Yes YES yEs n N no No NO nO on On ON oN off Off OFF oFF true True TRUE tRUE false False FALSE ~
null Null NULL nULL t f T F nil none None undefined = < << ~~ -a ?a :a a#b é`.split(/\s+/);

const QUOTED = [
  '"010"',
  "'010'",
  '"yes"',
  "'~'",
  '""',
  "''",
  "'it''s'",
  '"a\\x41\\u0041\\n\\t\\0"',
  '"\\U0001F600"',
  "!!str 010",
  "!!str yes",
  "!!str",
  '!!int "10"',
  "!!int 010",
  "!!int 0o10",
  "!!float 1",
  '!!float "1"',
  "!!bool yes",
  '!!bool "yes"',
  '!!null ""',
  "!!binary aGVsbG8=",
  "!!timestamp 2001-12-14",
  "! 010",
  "! yes",
  "a #b",
  "#c",
  "'#c'",
  "|\n  a\n  b",
  ">-\n  a\n  b",
  '"a\n  b"',
  "a\n  b",
];

const COLLECTIONS = [
  "{a, b}",
  "[a: 1]",
  "{yes: 1, no: 2}",
  "{010: a, 1_0: b}",
  "{1.5: a, 1.0e1: b, 0x10: c}",
  "{<<: {a: 1}, b: 2}",
  "{b: 2, <<: {b: 3}}",
  "{<<: {b: 3}, b: 2}",
  "{<<: [{a: 1}, {a: 2, c: 3}]}",
  '{"<<": {a: 1}}',
  "{!!merge <<: {a: 1}}",
  "{a:b}",
  '{"a":1}',
  "[a,]",
  "!!map {}",
  "!!seq []",
  "&x [1, 010]",
  "*x",
];

export const ODD_SCALARS: readonly string[] = [...NUMBERS, ...WORDS, ...QUOTED, ...COLLECTIONS];
