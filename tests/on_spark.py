"""A session of Spark with two executors, which are processes of their own, for the tests of Spark.

All themes of the tests share the session. Under pytest-xdist they are one test, so that one worker starts Spark;
without it, each theme is a test.
"""

import os
import shutil
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

PARALLEL = "PYTEST_XDIST_WORKER" in os.environ
HOST = "127.0.0.1"
LIGHT = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
"""Options of Java for short programs, which need half of the time with them."""


def lacking():
    """What Spark needs and this machine lacks; empty if it is all there."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed"
    home = os.environ.get("JAVA_HOME", "")
    there = Path(home, "bin", "java").exists() if home else shutil.which("java")
    return "" if there else "there is no Java"


def warned():
    """A sentence that says loudly that Spark is not tested; empty if it is."""
    return f"SPARK IS NOT TESTED, since {lacking()}: install Java 17 and pyspark" if lacking() else ""


def free_port():
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]


def started(port):
    """A session on this machine alone, which also listens for Spark Connect."""
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": HOST}
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": LIGHT,
        "spark.executor.extraJavaOptions": LIGHT,
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "Europe/Berlin",
        "spark.ui.showConsoleProgress": "false",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
    }
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("partialpool")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def over_connect(port):
    """A session of the same Spark over Spark Connect."""
    from pyspark.sql.connect.session import SparkSession

    return SparkSession.builder.remote(f"sc://{HOST}:{port}").getOrCreate()


def executors(session):
    """The process ids of the executors of a session."""
    driver = f"@{HOST}:{session.conf.get('spark.driver.port')}"
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = place.read_bytes().split(b"\0")
        except OSError:
            continue
        words = [word.decode(errors="replace") for word in command]
        if any("CoarseGrainedExecutorBackend" in word for word in words) and any(driver in word for word in words):
            found.append(int(place.parent.name))
    return found
