"""The rule of what a word is, in Java's regular expressions, which Elasticsearch reads the template with."""

from __future__ import annotations

import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from backends.search.words import analyzer
from schemas.search import WORD, searchable

_PROGRAM = """
import java.nio.charset.StandardCharsets;
import java.util.regex.*;
public class Words {
  public static void main(String[] args) throws Exception {
    StringBuilder text = new StringBuilder();
    new String(System.in.readAllBytes(), StandardCharsets.UTF_8).codePoints()
        .filter(Character::isDefined).forEach(text::appendCodePoint);
    Matcher matcher = Pattern.compile(args[0]).matcher(text);
    StringBuilder found = new StringBuilder(text).append('\\n');
    while (matcher.find()) found.append(matcher.group(0)).append('\\n');
    System.out.write(found.toString().getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }
}
"""


def test_java_cuts_text_into_the_words_that_we_find(tmp_path: Path) -> None:
    """All characters that both this Python and this Java know: each may be of an earlier Unicode than the other."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no java: install a JDK of version 11 or later")
    program = tmp_path / "Words.java"
    program.write_text(_PROGRAM)
    letters = "".join(map(chr, range(0x20, 0x3000))) + "본합동 データ สัญญาเช่า 𠮷野家 e\u0301 4.2(a) co-operation"
    text = searchable("".join(each for each in letters if unicodedata.category(each) != "Cn"))
    command = [java, "-Dfile.encoding=UTF-8", str(program), WORD]
    said = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=120).stdout
    text, *found = said.decode().split("\n")[:-1]
    ours = [text[token.char_offset_from : token.char_offset_to] for token in analyzer().pre_tokenize(text).tokens]
    assert found == ours
    assert len(ours) > 1000, sys.version
