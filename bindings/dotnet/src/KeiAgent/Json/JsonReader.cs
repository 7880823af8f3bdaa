// Reads JSON as the generated types need it, forwards and without a tree. The netstandard targets have no JSON of their own, and one reader for all
// targets keeps them alike; no reflection, so that trimming and ahead-of-time compilation are safe.

using System;
using System.Collections.Generic;

namespace KeiAgent.Json
{
    internal partial struct JsonReader
    {
        /// <summary>Deeper than the library lets anything nest.</summary>
        private const int MaxDepth = 200;

        private readonly string _text;
        private int _at;
        private int _depth;

        /// <summary>Whether a value was read in the array or object that is open, so that a comma must follow.</summary>
        private bool _follows;

        internal JsonReader(string text)
        {
            _text = text;
            _at = 0;
            _depth = 0;
            _follows = false;
        }

        internal FormatException Wrong(string why) => new FormatException($"The JSON is not as expected at position {_at}: {why}.");

        /// <summary>The first character of the next value.</summary>
        internal char Peek()
        {
            while (_at < _text.Length && (_text[_at] == ' ' || _text[_at] == '\n' || _text[_at] == '\r' || _text[_at] == '\t'))
            {
                _at++;
            }

            return _at < _text.Length ? _text[_at] : throw Wrong("it ends too early");
        }

        internal void ReadEnd()
        {
            while (_at < _text.Length)
            {
                if (!char.IsWhiteSpace(_text[_at++]))
                {
                    throw Wrong("something follows its end");
                }
            }
        }

        internal void ReadObjectStart() => Open('{', "an object");

        internal void ReadArrayStart() => Open('[', "an array");

        /// <summary>Reads the name of the object's next field; false at its end.</summary>
        internal bool ReadName(out string name)
        {
            if (!Next('}'))
            {
                name = string.Empty;
                return false;
            }

            name = ReadString();
            if (Peek() != ':')
            {
                throw Wrong("a colon is missing");
            }

            _at++;
            _follows = false;
            return true;
        }

        /// <summary>Whether the array has another element, which is then to be read; its end is read.</summary>
        internal bool ReadElement() => Next(']');

        private void Open(char bracket, string what)
        {
            if (Peek() != bracket)
            {
                throw Wrong(what + " should be there");
            }

            if (++_depth > MaxDepth)
            {
                throw Wrong("it nests too deeply");
            }

            _at++;
            _follows = false;
        }

        private bool Next(char end)
        {
            char next = Peek();
            if (next == end)
            {
                _at++;
                _depth--;
                _follows = true;
                return false;
            }

            if (_follows)
            {
                if (next != ',')
                {
                    throw Wrong("a comma is missing");
                }

                _at++;
                if (Peek() == end)
                {
                    throw Wrong("a value is missing after the comma");
                }
            }

            _follows = false;
            return true;
        }

        /// <summary>Reads any value as it stands.</summary>
        internal KeiJson ReadJson()
        {
            Peek();
            int start = _at;
            Skip();
            return KeiJson.Checked(start == 0 && _at == _text.Length ? _text : _text.Substring(start, _at - start));
        }

        /// <summary>Passes over any value.</summary>
        internal void Skip()
        {
            switch (Peek())
            {
                case '{':
                    ReadObjectStart();
                    while (ReadName(out _))
                    {
                        Skip();
                    }

                    break;
                case '[':
                    ReadArrayStart();
                    while (ReadElement())
                    {
                        Skip();
                    }

                    break;
                case '"': ReadString(); break;
                case 't':
                case 'f': ReadBoolean(); break;
                case 'n': Word("null"); break;
                default: ReadNumber(); break;
            }
        }

        /// <summary>Checks that the fields that an answer must have were seen: a bit for each.</summary>
        /// <exception cref="FormatException">One was not.</exception>
        internal static void Check(ulong seen, string[] needed)
        {
            for (int index = 0; index < needed.Length; index++)
            {
                if ((seen & (1UL << index)) == 0)
                {
                    throw new FormatException($"The field `{needed[index]}` is missing.");
                }
            }
        }

        internal delegate T Element<T>(ref JsonReader reader);

        internal IReadOnlyList<T> ReadList<T>(Element<T> element)
        {
            var list = new List<T>();
            ReadArrayStart();
            while (ReadElement())
            {
                list.Add(element(ref this));
            }

            return list;
        }

        internal IReadOnlyDictionary<string, T> ReadMap<T>(Element<T> element)
        {
            var map = new Dictionary<string, T>(StringComparer.Ordinal);
            ReadObjectStart();
            while (ReadName(out string name))
            {
                map[name] = element(ref this);
            }

            return map;
        }
    }
}
