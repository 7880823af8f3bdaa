// The values of JSON that hold no others: words, numbers and strings.

using System;
using System.Globalization;
using System.Text;

namespace KeiAgent.Json
{
    internal partial struct JsonReader
    {
        internal bool TryReadNull()
        {
            if (Peek() != 'n')
            {
                return false;
            }

            Word("null");
            return true;
        }

        internal bool ReadBoolean()
        {
            bool value = Peek() == 't';
            Word(value ? "true" : "false");
            return value;
        }

        private void Word(string word)
        {
            if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0)
            {
                throw Wrong(word + " should be there");
            }

            _at += word.Length;
            _follows = true;
        }

        internal int ReadInt32() => checked((int)ReadInt64());

        internal long ReadInt64()
        {
            string number = ReadNumber();
            if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
            {
                return value;
            }

            // 1e3 and 1.0 are integers too, and what is past the range is its end: counters of 64 bits without a sign exist.
            double real = double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
            return real >= long.MaxValue ? long.MaxValue : real <= long.MinValue ? long.MinValue : (long)real;
        }

        internal double ReadDouble() => double.Parse(ReadNumber(), NumberStyles.Float, CultureInfo.InvariantCulture);

        internal TimeSpan ReadMilliseconds()
        {
            long value = ReadInt64();
            return value >= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond ? TimeSpan.MaxValue : TimeSpan.FromTicks(value * TimeSpan.TicksPerMillisecond);
        }

        internal TimeSpan ReadSeconds()
        {
            long value = ReadInt64();
            return value >= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond ? TimeSpan.MaxValue : TimeSpan.FromTicks(value * TimeSpan.TicksPerSecond);
        }

        private string ReadNumber()
        {
            Peek();
            int start = _at;
            if (_text[_at] == '-')
            {
                _at++;
            }

            int whole = Digits();
            if (whole == 0 || (whole > 1 && _text[_at - whole] == '0'))
            {
                throw Wrong("a number should be there");
            }

            if (_at < _text.Length && _text[_at] == '.')
            {
                _at++;
                Needed(Digits());
            }

            if (_at < _text.Length && (_text[_at] == 'e' || _text[_at] == 'E'))
            {
                _at++;
                if (_at < _text.Length && (_text[_at] == '+' || _text[_at] == '-'))
                {
                    _at++;
                }

                Needed(Digits());
            }

            _follows = true;
            return _text.Substring(start, _at - start);
        }

        private void Needed(int digits)
        {
            if (digits == 0)
            {
                throw Wrong("a digit is missing");
            }
        }

        private int Digits()
        {
            int start = _at;
            while (_at < _text.Length && _text[_at] >= '0' && _text[_at] <= '9')
            {
                _at++;
            }

            return _at - start;
        }

        internal string ReadString()
        {
            if (Peek() != '"')
            {
                throw Wrong("a string should be there");
            }

            int start = ++_at;
            while (true)
            {
                char next = Character();
                if (next == '"')
                {
                    _follows = true;
                    return _text.Substring(start, _at - start - 1);
                }

                if (next == '\\')
                {
                    return ReadEscaped(new StringBuilder(_text, start, _at - start - 1, Math.Max(16, 2 * (_at - start))));
                }
            }
        }

        private string ReadEscaped(StringBuilder text)
        {
            while (true)
            {
                char escape = Character();
                text.Append(escape switch
                {
                    '"' => '"',
                    '\\' => '\\',
                    '/' => '/',
                    'b' => '\b',
                    'f' => '\f',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => Hexadecimal(),
                    _ => throw Wrong("an escape is not known"),
                });
                char next;
                while ((next = Character()) != '\\')
                {
                    if (next == '"')
                    {
                        _follows = true;
                        return text.ToString();
                    }

                    text.Append(next);
                }
            }
        }

        private char Character()
        {
            if (_at >= _text.Length)
            {
                throw Wrong("a string does not end");
            }

            char next = _text[_at++];
            return next >= ' ' ? next : throw Wrong("a control character stands in a string");
        }

        private char Hexadecimal()
        {
            if (_at + 4 > _text.Length || !ushort.TryParse(_text.Substring(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value))
            {
                throw Wrong("four hexadecimal digits should follow");
            }

            _at += 4;
            return (char)value;
        }
    }
}
