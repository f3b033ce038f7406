/* toy_spm.h - the smallest sentencepiece model file that has everything, written by hand. */
#ifndef RG_TESTS_TOY_SPM_H
#define RG_TESTS_TOY_SPM_H

/* ModelProto: five pieces (1), a trainer spec (2), a normalizer spec (3). */
static const char toy_spm[] = "\x0A\x09\x0A\x05<unk>\x18\x02"                /* piece, type 2 (unknown) */
                              "\x0A\x08\x0A\x01\x61\x15\x00\x00\x80\xBF"     /* "a", score -1 */
                              "\x0A\x08\x0A\x01\x62\x15\x00\x00\x00\xC0"     /* "b", score -2 */
                              "\x0A\x09\x0A\x02\x61\x62\x15\x00\x00\x00\x00" /* "ab", score 0 */
                              "\x0A\x0A\x0A\x06<0x0A>\x18\x06"               /* type 6 (byte) */
                              "\x12\x02\x18\x02"                             /* model type 2 (BPE) */
                              "\x1A\x04\x18\x01\x20\x00";                    /* a space before, others kept */

enum { TOY_SPM_SIZE = sizeof toy_spm - 1, TOY_SPM_COUNT = 5 };

#endif
