"""The picture of docs/performance.md: requests a second at 64 in flight, a bar for each."""

from contenders import LABELS

WIDTH, BAR, GAP, LEFT = 760, 22, 10, 230
STYLE = """
    text { font: 14px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 15px }
    .small { font-size: 12px; fill: #59636e }
    .ours { fill: #1a7f64 }
    .peer { fill: #8c959f }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .small { fill: #9198a1 }
      .ours { fill: #3fb58f }
      .peer { fill: #656c76 }
    }
  """


def bars(rows):
    """What is shown: all with 64 in flight, the fastest first."""
    shown = {name: row for name, row in rows.items() if name.endswith("64") and "rate_of_hyper" in row}
    return sorted(shown.items(), key=lambda item: -item[1]["per_second"])


def drawn(rows):
    """The picture as SVG, or None when bare hyper or ours was not measured."""
    shown = bars(rows)
    if not any(row["ours"] for _, row in shown):
        return None
    most = shown[0][1]["per_second"]
    room = WIDTH - LEFT - 150
    height = 70 + len(shown) * (BAR + GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">',
        '  <title id="title">Requests a second with 64 in flight, on one core</title>', f"  <style>{STYLE}</style>",
        '  <text x="0" y="18" class="title">Requests a second with 64 in flight, on one core</text>',
        '  <text x="0" y="38" class="small">HTTP/1.1 on the loopback interface; in brackets: of bare hyper in the same run; longer is better</text>',
    ]
    for number, (name, row) in enumerate(shown):
        y = 54 + number * (BAR + GAP)
        width = max(1, round(room * row["per_second"] / most))
        label = LABELS[name.removesuffix("64")] + (", 64 threads" if name == "call64" else " multi" if name == "curl64" else "")
        lines += [
            f'  <text x="{LEFT - 10}" y="{y + 16}" text-anchor="end">{label}</text>',
            f'  <rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" rx="3" class="{"ours" if row["ours"] else "peer"}"/>',
            f'  <text x="{LEFT + width + 8}" y="{y + 16}" class="small">{row["per_second"]:,.0f} ({row["rate_of_hyper"]:.2f})</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def write(rows, file):
    if picture := drawn(rows):
        file.write_text(picture, encoding="utf-8")
