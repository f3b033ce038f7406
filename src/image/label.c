#include "image/label.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8_length.h"

/* Cairo refuses to draw anything once it has met malformed text, so it never gets any. */
static void clean(const char *text, char *out, size_t size) {
    static const char replacement[] = "\xEF\xBF\xBD";
    const unsigned char *in = (const unsigned char *)text;
    size_t used = 0;
    while (*in && used + 4 < size) {
        size_t length = rg_utf8_length(in);
        bool is_control = length == 1 && (*in < 0x20 || *in == 0x7F);
        const char *from = length == 0 ? replacement : is_control ? " " : (const char *)in;
        size_t taken = length == 0 ? 3 : length;
        memcpy(out + used, from, taken);
        used += taken;
        in += length == 0 ? 1 : length;
    }
    out[used] = '\0';
}

static double text_width(cairo_t *cr, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

/* Copies as many characters as fit, with `ending` after them; returns how many bytes of `text` those are. */
static size_t fill_line(cairo_t *cr, const char *text, const char *ending, double most_width, char *line) {
    size_t fits = 0, next = 0, room = RG_LABEL_LINE_SIZE - strlen(ending) - 1;
    while (text[next]) {
        next += rg_utf8_length((const unsigned char *)text + next);
        if (next > room) break;
        memcpy(line, text, next);
        memcpy(line + next, ending, strlen(ending) + 1);
        if (text_width(cr, line) > most_width && fits > 0) break;
        fits = next;
    }
    memcpy(line, text, fits);
    memcpy(line + fits, ending, strlen(ending) + 1);
    return fits;
}

/* Shortens a line that goes on in the next one to its last whole word, if it has more than one. */
static size_t break_at_space(char *line, size_t size) {
    for (size_t i = size; i > 0; i--) {
        if (line[i - 1] != ' ') continue;
        line[i - 1] = '\0';
        return i;
    }
    return size;
}

void rg_label_lay_out(cairo_t *cr, const char *text, double most_width, double most_height, rg_label *out) {
    char all[RG_LABEL_LINES * RG_LABEL_LINE_SIZE];
    cairo_font_extents_t font;
    cairo_font_extents(cr, &font);
    clean(text, all, sizeof all);
    *out = (rg_label){.line_height = font.ascent + font.descent, .padding = 0.3 * font.ascent};
    most_width -= 2 * out->padding;
    int most_lines = (int)fmin(RG_LABEL_LINES, (most_height - 2 * out->padding) / out->line_height);

    const char *rest = all;
    double widest = 0;
    do {
        char *line = out->lines[out->line_count++];
        size_t taken = fill_line(cr, rest, "", most_width, line);
        if (rest[taken] && out->line_count < most_lines) {
            if (rest[taken] != ' ') taken = break_at_space(line, taken);
        } else if (rest[taken]) {
            taken = fill_line(cr, rest, "\xE2\x80\xA6", most_width, line);
            rest = "";
            taken = 0;
        }
        rest += taken;
        while (*rest == ' ') rest++;
        widest = fmax(widest, text_width(cr, line));
    } while (*rest);
    out->width = widest + 2 * out->padding;
    out->height = out->line_count * out->line_height + 2 * out->padding;
}

static void round_box(cairo_t *cr, double x, double y, double width, double height, double radius) {
    static const double quarter = 1.5707963267948966;
    cairo_new_path(cr);
    cairo_arc(cr, x + width - radius, y + radius, radius, -quarter, 0);
    cairo_arc(cr, x + width - radius, y + height - radius, radius, 0, quarter);
    cairo_arc(cr, x + radius, y + height - radius, radius, quarter, 2 * quarter);
    cairo_arc(cr, x + radius, y + radius, radius, 2 * quarter, 3 * quarter);
    cairo_close_path(cr);
}

void rg_label_draw(cairo_t *cr, const rg_label *label, double x, double y, const double colour[3]) {
    cairo_font_extents_t font;
    cairo_font_extents(cr, &font);
    round_box(cr, x, y, label->width, label->height, label->padding);
    cairo_set_source_rgb(cr, colour[0], colour[1], colour[2]);
    cairo_fill_preserve(cr);
    cairo_set_source_rgba(cr, 0, 0, 0, 0.45); /* a rim, so that the box stands out from a tint of its own colour */
    cairo_set_line_width(cr, fmax(1, label->padding / 4));
    cairo_stroke(cr);

    double luminance = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2];
    double ink = luminance > 0.4 ? 0 : 1;
    cairo_set_source_rgb(cr, ink, ink, ink);
    for (int i = 0; i < label->line_count; i++) {
        cairo_move_to(cr, x + label->padding, y + label->padding + i * label->line_height + font.ascent);
        cairo_show_text(cr, label->lines[i]);
    }
}
