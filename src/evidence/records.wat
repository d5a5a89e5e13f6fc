;; Finds the records in the text of a log file, 64 bytes at a step.
;;
;; Why this and not a loop in JavaScript: whether a bracket opens a record, or something that looks like one inside another, depends on every
;; byte before it, and JavaScript looks at one byte at a time, more slowly than gunzip writes them. The way is simdjson's (Langdale and
;; Lemire, "Parsing gigabytes of JSON per second", 2019): one bit for each byte that is a quote or a bracket, and then counting bits.
(module
  ;; Called for each element of the array that is an object and may have the name in it: where it begins, and where what follows it begins.
  (import "scanner" "found" (func $found (param i32 i32)))
  (memory (export "memory") 1)

  ;; What the text so far leaves open. How many brackets, that of the array included.
  (global $depth (export "depth") (mut i32) (i32.const 1))
  ;; All ones where it ends inside a string, else 0.
  (global $inString (export "inString") (mut i64) (i64.const 0))
  ;; 1 where it ends with a backslash that escapes what follows, else 0.
  (global $escaped (export "escaped") (mut i64) (i64.const 0))
  ;; Where the element begins that is open, if it is an object, else 0.
  (global $start (export "start") (mut i32) (i32.const 0))
  ;; Where the latest step begins that may have the name in it.
  (global $named (export "named") (mut i32) (i32.const 0))

  ;; Goes from $at in whole steps up to $to. Answers where what follows the array begins, or 0 where it does not end.
  (func (export "scan") (param $at i32) (param $to i32) (result i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $quote v128) (local $backslash v128) (local $case v128) (local $open v128) (local $close v128) (local $h v128) (local $u v128)
    (local $quotes i64) (local $backslashes i64) (local $inside i64) (local $opens i64) (local $brackets i64) (local $sum i64)
    (local $inString i64) (local $escaped i64)
    (local $depth i32) (local $closes i32) (local $position i32)
    (local.set $quote (i8x16.splat (i32.const 0x22)))
    (local.set $backslash (i8x16.splat (i32.const 0x5c)))
    ;; With this bit a square bracket is a curly one.
    (local.set $case (i8x16.splat (i32.const 0x20)))
    (local.set $open (i8x16.splat (i32.const 0x7b)))
    (local.set $close (i8x16.splat (i32.const 0x7d)))
    (local.set $h (i8x16.splat (i32.const 0x68)))
    (local.set $u (i8x16.splat (i32.const 0x55)))
    (local.set $depth (global.get $depth))
    (local.set $inString (global.get $inString))
    (local.set $escaped (global.get $escaped))

    (loop $step
      (if (i32.lt_u (local.get $at) (local.get $to)) (then
        (local.set $a (v128.load (local.get $at)))
        (local.set $b (v128.load offset=16 (local.get $at)))
        (local.set $c (v128.load offset=32 (local.get $at)))
        (local.set $d (v128.load offset=48 (local.get $at)))

        ;; The name has a U six bytes after an h, which hardly anything else has: a sieve, what passes it is looked at again.
        (if (v128.any_true
              (v128.or
                (v128.or
                  (v128.and (i8x16.eq (local.get $a) (local.get $u))
                    (i8x16.eq (v128.load (i32.sub (local.get $at) (i32.const 6))) (local.get $h)))
                  (v128.and (i8x16.eq (local.get $b) (local.get $u))
                    (i8x16.eq (v128.load offset=10 (local.get $at)) (local.get $h))))
                (v128.or
                  (v128.and (i8x16.eq (local.get $c) (local.get $u))
                    (i8x16.eq (v128.load offset=26 (local.get $at)) (local.get $h)))
                  (v128.and (i8x16.eq (local.get $d) (local.get $u))
                    (i8x16.eq (v128.load offset=42 (local.get $at)) (local.get $h))))))
          (then (global.set $named (local.get $at))))

        (local.set $quotes
          (i64.or
            (i64.extend_i32_u
              (i32.or
                (i8x16.bitmask (i8x16.eq (local.get $a) (local.get $quote)))
                (i32.shl (i8x16.bitmask (i8x16.eq (local.get $b) (local.get $quote))) (i32.const 16))))
            (i64.shl
              (i64.extend_i32_u
                (i32.or
                  (i8x16.bitmask (i8x16.eq (local.get $c) (local.get $quote)))
                  (i32.shl (i8x16.bitmask (i8x16.eq (local.get $d) (local.get $quote))) (i32.const 16))))
              (i64.const 32))))

        ;; A quote is none where an odd number of backslashes stands before it. Few steps have a backslash.
        (if (i32.or
              (v128.any_true
                (v128.or
                  (v128.or (i8x16.eq (local.get $a) (local.get $backslash)) (i8x16.eq (local.get $b) (local.get $backslash)))
                  (v128.or (i8x16.eq (local.get $c) (local.get $backslash)) (i8x16.eq (local.get $d) (local.get $backslash)))))
              (i32.wrap_i64 (local.get $escaped)))
          (then
            (local.set $backslashes
              (i64.and
                (i64.or
                  (i64.extend_i32_u
                    (i32.or
                      (i8x16.bitmask (i8x16.eq (local.get $a) (local.get $backslash)))
                      (i32.shl (i8x16.bitmask (i8x16.eq (local.get $b) (local.get $backslash))) (i32.const 16))))
                  (i64.shl
                    (i64.extend_i32_u
                      (i32.or
                        (i8x16.bitmask (i8x16.eq (local.get $c) (local.get $backslash)))
                        (i32.shl (i8x16.bitmask (i8x16.eq (local.get $d) (local.get $backslash))) (i32.const 16))))
                    (i64.const 32)))
                ;; One that is escaped escapes nothing.
                (i64.xor (local.get $escaped) (i64.const -1))))
            ;; What follows a backslash.
            (local.set $inside (i64.or (i64.shl (local.get $backslashes) (i64.const 1)) (local.get $escaped)))
            ;; Adding to runs of backslashes that begin at an odd bit carries to the bit after each.
            (local.set $sum
              (i64.add (local.get $backslashes)
                (i64.and (local.get $backslashes)
                  (i64.and (i64.const 0xaaaaaaaaaaaaaaaa) (i64.xor (local.get $inside) (i64.const -1))))))
            (local.set $escaped (i64.extend_i32_u (i64.lt_u (local.get $sum) (local.get $backslashes))))
            (local.set $quotes
              (i64.and (local.get $quotes)
                (i64.xor (i64.const -1)
                  (i64.and (local.get $inside)
                    (i64.xor (i64.const 0x5555555555555555) (i64.shl (local.get $sum) (i64.const 1)))))))))

        ;; The bits inside strings: each is the exclusive or of all quotes up to it.
        (local.set $inside (i64.xor (local.get $quotes) (i64.shl (local.get $quotes) (i64.const 1))))
        (local.set $inside (i64.xor (local.get $inside) (i64.shl (local.get $inside) (i64.const 2))))
        (local.set $inside (i64.xor (local.get $inside) (i64.shl (local.get $inside) (i64.const 4))))
        (local.set $inside (i64.xor (local.get $inside) (i64.shl (local.get $inside) (i64.const 8))))
        (local.set $inside (i64.xor (local.get $inside) (i64.shl (local.get $inside) (i64.const 16))))
        (local.set $inside (i64.xor (local.get $inside) (i64.shl (local.get $inside) (i64.const 32))))
        (local.set $inside (i64.xor (local.get $inside) (local.get $inString)))
        (local.set $inString (i64.shr_s (local.get $inside) (i64.const 63)))
        (local.set $inside (i64.xor (local.get $inside) (i64.const -1)))

        (local.set $a (v128.or (local.get $a) (local.get $case)))
        (local.set $b (v128.or (local.get $b) (local.get $case)))
        (local.set $c (v128.or (local.get $c) (local.get $case)))
        (local.set $d (v128.or (local.get $d) (local.get $case)))
        (local.set $opens
          (i64.and (local.get $inside)
            (i64.or
              (i64.extend_i32_u
                (i32.or
                  (i8x16.bitmask (i8x16.eq (local.get $a) (local.get $open)))
                  (i32.shl (i8x16.bitmask (i8x16.eq (local.get $b) (local.get $open))) (i32.const 16))))
              (i64.shl
                (i64.extend_i32_u
                  (i32.or
                    (i8x16.bitmask (i8x16.eq (local.get $c) (local.get $open)))
                    (i32.shl (i8x16.bitmask (i8x16.eq (local.get $d) (local.get $open))) (i32.const 16))))
                (i64.const 32)))))
        (local.set $brackets
          (i64.and (local.get $inside)
            (i64.or
              (i64.extend_i32_u
                (i32.or
                  (i8x16.bitmask (i8x16.eq (local.get $a) (local.get $close)))
                  (i32.shl (i8x16.bitmask (i8x16.eq (local.get $b) (local.get $close))) (i32.const 16))))
              (i64.shl
                (i64.extend_i32_u
                  (i32.or
                    (i8x16.bitmask (i8x16.eq (local.get $c) (local.get $close)))
                    (i32.shl (i8x16.bitmask (i8x16.eq (local.get $d) (local.get $close))) (i32.const 16))))
                (i64.const 32)))))
        (local.set $closes (i32.wrap_i64 (i64.popcnt (local.get $brackets))))

        (if (i32.ge_s (i32.sub (local.get $depth) (local.get $closes)) (i32.const 2))
          ;; Inside one element from beginning to end.
          (then
            (local.set $depth
              (i32.add (i32.sub (local.get $depth) (local.get $closes)) (i32.wrap_i64 (i64.popcnt (local.get $opens))))))
          ;; An element, or the array, may end here: bracket by bracket.
          (else
            (local.set $brackets (i64.or (local.get $brackets) (local.get $opens)))
            (loop $bracket
              (if (i64.ne (local.get $brackets) (i64.const 0)) (then
                (local.set $position (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $brackets)))))
                (if (i64.eqz (i64.and (local.get $opens) (i64.and (local.get $brackets) (i64.sub (i64.const 0) (local.get $brackets)))))
                  (then
                    (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
                    (if (i32.le_s (local.get $depth) (i32.const 1)) (then
                      (local.set $position (i32.add (local.get $position) (i32.const 1)))
                      (if (i32.eqz (local.get $depth)) (then (return (local.get $position))))
                      (if (i32.and
                            (i32.ne (global.get $start) (i32.const 0))
                            (i32.gt_s (i32.add (global.get $named) (i32.const 64)) (global.get $start)))
                        (then (call $found (global.get $start) (local.get $position))))
                      (global.set $start (i32.const 0)))))
                  (else
                    (local.set $depth (i32.add (local.get $depth) (i32.const 1)))
                    (if (i32.and
                          (i32.eq (local.get $depth) (i32.const 2))
                          (i32.eq (i32.load8_u (local.get $position)) (i32.const 0x7b)))
                      (then (global.set $start (local.get $position))))))
                (local.set $brackets (i64.and (local.get $brackets) (i64.sub (local.get $brackets) (i64.const 1))))
                (br $bracket))))))

        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $step))))

    (global.set $depth (local.get $depth))
    (global.set $inString (local.get $inString))
    (global.set $escaped (local.get $escaped))
    (i32.const 0))

  ;; How many usage records the latest shortened text has left out.
  (global $repeats (export "repeats") (mut i32) (i32.const 0))

  ;; Copies the element from $from up to $to to $out, with a 0 for each usage record of an answer that is in the request too, the first as the
  ;; first. Answers where the copy ends, or 0 where the element may mean something else than it seems to.
  ;;
  ;; What seems to be a record is one: without a backslash no name can be written in another way, and every second quote ends a string, so the first
  ;; brace after an even number of them ends an object that has no other in it. What seems to be an answer need not be one: `repeats.ts` looks
  ;; whether each 0 is where it belongs.
  (func (export "shorten") (param $from i32) (param $to i32) (param $out i32) (result i32)
    (local $at i32) (local $copied i32) (local $record i32) (local $request i32) (local $offset i32) (local $quotes i32)
    (local $found i32) (local $ends i32) (local $upTo i32)
    (local $a v128) (local $b v128) (local $case v128)
    (local.set $case (i8x16.splat (i32.const 0x20)))
    (global.set $repeats (i32.const 0))
    (local.set $at (local.get $from))
    (local.set $copied (local.get $from))

    (loop $step
      (if (i32.lt_u (local.get $at) (local.get $to)) (then
        (if (v128.any_true (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 0x5c)))) (then (return (i32.const 0))))
        ;; "usageRecord", in small letters or large ones, has a g three bytes after its beginning and an r two bytes later: a sieve.
        (local.set $found
          (i8x16.bitmask
            (v128.and
              (i8x16.eq (v128.or (v128.load offset=3 (local.get $at)) (local.get $case)) (i8x16.splat (i32.const 0x67)))
              (i8x16.eq (v128.or (v128.load offset=5 (local.get $at)) (local.get $case)) (i8x16.splat (i32.const 0x72))))))
        (loop $candidate
          (if (local.get $found) (then
            (local.set $record (i32.add (local.get $at) (i32.ctz (local.get $found))))
            (local.set $found (i32.and (local.get $found) (i32.sub (local.get $found) (i32.const 1))))
            (br_if $candidate
              (i32.or
                (i64.ne (i64.or (i64.load (local.get $record)) (i64.const 0x2020202020202020)) (i64.const 0x6365726567617375))
                (i32.ne (i32.or (i32.load offset=7 (local.get $record)) (i32.const 0x20202020)) (i32.const 0x64726f63))))

            ;; "usageRecords":[{ may be there once. Where it is followed by anything else, nothing will be like it.
            (if (i32.eq (i32.or (i32.load8_u offset=11 (local.get $record)) (i32.const 0x20)) (i32.const 0x73)) (then
              (if (local.get $request) (then (return (i32.const 0))))
              (local.set $request (i32.add (local.get $record) (i32.const 15)))
              (br $candidate)))
            ;; "usageRecord":{ must be like what is there of the request.
            (local.set $record (i32.add (local.get $record) (i32.const 13)))
            (if (i32.or
                  (i32.or (i32.eqz (local.get $request)) (i32.ge_u (local.get $record) (local.get $to)))
                  (i32.or
                    (i32.ne (i32.load8_u (local.get $record)) (i32.const 0x7b))
                    (i32.ne (i32.load8_u (local.get $request)) (i32.const 0x7b))))
              (then (return (i32.const 0))))

            (local.set $offset (i32.const 1))
            (local.set $quotes (i32.const 0))
            (loop $compare
              (local.set $a (v128.load (i32.add (local.get $request) (local.get $offset))))
              (local.set $b (v128.load (i32.add (local.get $record) (local.get $offset))))
              (local.set $ends (i8x16.bitmask (i8x16.eq (local.get $b) (i8x16.splat (i32.const 0x7d)))))
              ;; The bits up to the first end.
              (local.set $upTo
                (i32.and (i32.xor (local.get $ends) (i32.sub (local.get $ends) (i32.const 1))) (i32.const 0xffff)))
              ;; Alike, and no bracket within.
              (if (i32.and
                    (local.get $upTo)
                    (i32.or
                      (i32.xor (i8x16.bitmask (i8x16.eq (local.get $a) (local.get $b))) (i32.const 0xffff))
                      (i8x16.bitmask (i8x16.eq (v128.or (local.get $b) (local.get $case)) (i8x16.splat (i32.const 0x7b))))))
                (then (return (i32.const 0))))
              (local.set $quotes
                (i32.add (local.get $quotes)
                  (i32.popcnt
                    (i32.and (local.get $upTo) (i8x16.bitmask (i8x16.eq (local.get $b) (i8x16.splat (i32.const 0x22))))))))
              ;; The element itself ends with a brace.
              (if (i32.eqz (local.get $ends)) (then
                (local.set $offset (i32.add (local.get $offset) (i32.const 16)))
                (br $compare))))
            (if (i32.and (local.get $quotes) (i32.const 1)) (then (return (i32.const 0))))
            (local.set $offset (i32.add (local.get $offset) (i32.add (i32.ctz (local.get $ends)) (i32.const 1))))

            (memory.copy (local.get $out) (local.get $copied) (i32.sub (local.get $record) (local.get $copied)))
            (local.set $out (i32.add (local.get $out) (i32.sub (local.get $record) (local.get $copied))))
            (i32.store8 (local.get $out) (i32.const 0x30))
            (local.set $out (i32.add (local.get $out) (i32.const 1)))
            (global.set $repeats (i32.add (global.get $repeats) (i32.const 1)))
            ;; A comma is between the request's records.
            (local.set $request (i32.add (local.get $request) (i32.add (local.get $offset) (i32.const 1))))
            (local.set $copied (i32.add (local.get $record) (local.get $offset)))
            (local.set $at (local.get $copied))
            (br $step))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $step))))

    (if (i32.eqz (global.get $repeats)) (then (return (i32.const 0))))
    (memory.copy (local.get $out) (local.get $copied) (i32.sub (local.get $to) (local.get $copied)))
    (i32.add (local.get $out) (i32.sub (local.get $to) (local.get $copied)))))
